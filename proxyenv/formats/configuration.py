"""``proxyenv.toml``: the saved configuration, as text and back. The options of ``setup`` say its keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.formats.parse import parse_toml
from proxyenv.model.configuration import SETUP_OPTIONS, Configuration

if TYPE_CHECKING:
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
        DiscoveryError: ``configuration-invalid``, naming the table, key or type that is wrong.
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
            raise _invalid(f"`{table}` in {source} is not a table")
        for key, value in section.items():
            name = _find_field(table, key, source)
            values[name] = _read_value(SETUP_OPTIONS[name], value, source)
    return Configuration(**values)


def _find_field(table: str, key: str, source: str) -> str:
    name = _FIELDS.get(f"{table}.{key}")
    if name is None:
        known = [dotted for dotted in _FIELDS if dotted.startswith(f"{table}.")]
        listed = ", ".join(f"`{dotted.partition('.')[2]}`" for dotted in known)
        hint = f"the keys of `[{table}]` are {listed}" if known else None
        raise _invalid(f"{source} has an unknown key `{table}.{key}`", hint)
    return name


def _read_value(option: Option, value: object, source: str) -> object:
    if option.is_switch:
        valid = isinstance(value, bool)
    elif option.is_plural:
        valid = isinstance(value, list) and all(isinstance(item, str) for item in value)
    else:
        valid = isinstance(value, str)
    if not valid:
        raise _invalid(f"`{option.key}` in {source} has the wrong type")
    if option.choices and value not in option.choices:
        listed = ", ".join(f"`{choice}`" for choice in option.choices)
        raise _invalid(f"`{option.key}` in {source} is `{value}`", f"it is one of {listed}")
    return tuple(value) if isinstance(value, list) else value


def _invalid(message: str, hint: str | None = None) -> DiscoveryError:
    return DiscoveryError("configuration-invalid", message, hint=hint)
