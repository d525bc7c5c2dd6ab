"""``proxyenv.toml``: the saved configuration, as text and back. The options of ``setup`` say its keys."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.formats.parse import parse_toml
from proxyenv.model.configuration import SETUP_OPTIONS, Configuration

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.option import Option

_HEADER: Final = """\
# The configuration of proxyenv, in the terms of the options of `proxyenv setup`.
# `proxyenv refresh` sets the machine up from it again.
version = 1
"""

_FIX: Final = "correct it; or move it away, and set up with the options of the first time: `proxyenv setup`"

_FIELDS: Final = {option.key: name for name, option in SETUP_OPTIONS.items() if option.key}
"""``table.key`` in the file → field of the value."""


def render_configuration(configuration: Configuration) -> str:
    """The text of ``proxyenv.toml``: what is not set is left out.

    Raises:
        PlanError: ``value-unrepresentable``, for a path that is not UTF-8.
    """
    from proxyenv.formats.toml_layout import quote_toml

    def render(value: bool | str | tuple[str, ...]) -> str:  # noqa: FBT001 - as a key has it
        if isinstance(value, bool):
            return str(value).lower()
        return quote_toml(value) if isinstance(value, str) else f"[{', '.join(map(quote_toml, value))}]"

    tables: dict[str, list[str]] = {}
    for dotted, name in _FIELDS.items():
        value = getattr(configuration, name)
        if value is not None and value != ():
            table, _, key = dotted.partition(".")
            tables.setdefault(table, []).append(f"{key} = {render(value)}\n")
    text = "\n".join((_HEADER, *(f"[{table}]\n{''.join(lines)}" for table, lines in tables.items())))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise PlanError(
            "value-unrepresentable", "a path or value is not valid UTF-8, which TOML requires"
        ) from error
    return text


def parse_configuration(text: str, *, source: str) -> Configuration:
    """Read ``proxyenv.toml``.

    Raises:
        DiscoveryError: ``configuration-invalid``, naming the table, key, type or value that is wrong.
    """
    try:
        document = parse_toml(text)
    except ValueError as error:
        raise _invalid(f"{source} is not valid TOML: {error}", _FIX) from error
    if document.pop("version", None) != 1:
        raise _invalid(f"{source} has no `version = 1`", _FIX)
    values: dict[str, Any] = {}
    for table, section in document.items():
        if not isinstance(section, dict):
            raise _invalid(f"`{table}` in {source} is not a table", f"its keys stand below `[{table}]`")
        for key, value in section.items():
            name = _find_field(table, key, source)
            values[name] = _read_value(SETUP_OPTIONS[name], value, source)
    return Configuration(**values)


def _find_field(table: str, key: str, source: str) -> str:
    name = _FIELDS.get(f"{table}.{key}")
    if name is None:
        known = [dotted.partition(".")[2] for dotted in _FIELDS if dotted.startswith(f"{table}.")]
        tables = dict.fromkeys(f"[{dotted.partition('.')[0]}]" for dotted in _FIELDS)
        hint = f"the keys of `[{table}]` are {_list(known)}" if known else f"the tables are {_list(tables)}"
        raise _invalid(f"{source} has an unknown key `{table}.{key}`", hint)
    return name


def _read_value(option: Option, value: object, source: str) -> object:
    if option.is_switch:
        valid, wanted = isinstance(value, bool), "`true` or `false`"
    elif option.is_plural:
        valid = isinstance(value, list) and all(isinstance(item, str) for item in value)
        wanted = "a list of texts in quotes"
    else:
        valid, wanted = isinstance(value, str), "a text in quotes"
    if not valid:
        raise _invalid(f"`{option.key}` in {source} has the wrong type", f"it is {wanted}")
    texts = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    for text in texts:
        _require_usable(option, text, source)
    return tuple(texts) if option.is_plural else value


def _require_usable(option: Option, text: str, source: str) -> None:
    """Refuse what no value of the option can be, on whatever machine."""
    if option.choices and text not in option.choices:
        raise _invalid(f"`{option.key}` in {source} is `{text}`", f"it is one of {_list(option.choices)}")
    if option.form and not re.fullmatch(option.form, text):
        raise _invalid(f"`{option.key}` in {source} has `{text}`", f"it looks like `{option.example}`")
    if "\0" in text:
        hint = "write it without: no file, host or name has one"
        raise _invalid(f"`{option.key}` in {source} has a NUL character", hint)


def _list(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _invalid(message: str, hint: str) -> DiscoveryError:
    return DiscoveryError("configuration-invalid", message, hint=hint)
