"""``proxyenv.toml``: the saved configuration, as text and back."""

from __future__ import annotations

import tomllib
from typing import Any, Final

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.configuration import ACTIVATIONS, BASES, TRUSTS, Configuration

_HEADER: Final = """\
# The configuration of proxyenv, in the terms of the options of `proxyenv setup`.
# `proxyenv refresh` sets the machine up from it again.
version = 1
"""

_MEND: Final = "mend it, or `proxyenv uninstall` and set up again"

_KEYS: Final = {
    ("proxy", "http"): "http_proxy",
    ("proxy", "https"): "https_proxy",
    ("proxy", "no_proxy"): "no_proxy",
    ("proxy", "no_proxy_patterns"): "no_proxy_patterns",
    ("proxy", "derive"): "derive",
    ("proxy", "derived"): "derived",
    ("trust", "ca"): "ca",
    ("trust", "fingerprints"): "fingerprints",
    ("trust", "base"): "base",
    ("trust", "mode"): "trust",
    ("trust", "venvs"): "venvs",
    ("prefect", "profile"): "profile",
    ("prefect", "activate"): "activate",
    ("prefect", "activation"): "activation",
    ("prefect", "api_url"): "api_url",
    ("shell", "shells"): "shells",
    ("shell", "rc"): "rc",
    ("tools", "configure"): "configure",
    ("check", "urls"): "urls",
}
"""Table and key in the file → field of the value."""

_CHOICES: Final = {"base": BASES, "trust": TRUSTS, "activation": ACTIVATIONS}
"""Field → the texts that it may be."""


def render_configuration(configuration: Configuration) -> str:
    """The text of ``proxyenv.toml``: what is not set is left out.

    Raises:
        PlanError: ``value-unrepresentable``, for a path that is not UTF-8.
    """
    import tomlkit

    document = tomlkit.document()
    for (table, key), name in _KEYS.items():
        value = getattr(configuration, name)
        if value is None or value == ():
            continue
        section: Any = document.setdefault(table, tomlkit.table())
        section[key] = list(value) if isinstance(value, tuple) else value
    text = _HEADER + "\n" + tomlkit.dumps(document)
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
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DiscoveryError(
            "configuration-invalid", f"{source} is not valid TOML: {error}", hint=_MEND
        ) from error
    if document.pop("version", None) != 1:
        raise DiscoveryError("configuration-invalid", f"{source} has no `version = 1`", hint=_MEND)
    values: dict[str, Any] = {}
    for table, section in document.items():
        if not isinstance(section, dict):
            raise DiscoveryError("configuration-invalid", f"`{table}` in {source} is not a table")
        for key, value in section.items():
            name = _field(table, key, source)
            values[name] = _value(table, key, value, source)
    return Configuration(**values)


def _field(table: str, key: str, source: str) -> str:
    if (table, key) not in _KEYS:
        known = ", ".join(f"`{name}`" for other, name in _KEYS if other == table)
        hint = f"`[{table}]` has {known}" if known else None
        raise DiscoveryError(
            "configuration-invalid", f"{source} has an unknown key `{table}.{key}`", hint=hint
        )
    return _KEYS[table, key]


def _value(table: str, key: str, value: object, source: str) -> object:
    default = getattr(Configuration(), _KEYS[table, key])
    if isinstance(default, bool):
        valid = isinstance(value, bool)
    elif isinstance(default, tuple):
        valid = isinstance(value, list) and all(isinstance(item, str) for item in value)
    else:
        valid = isinstance(value, str)
    if not valid:
        raise DiscoveryError("configuration-invalid", f"`{table}.{key}` in {source} has the wrong type")
    choices = _CHOICES.get(_KEYS[table, key])
    if choices is not None and value not in choices:
        raise DiscoveryError(
            "configuration-invalid",
            f"`{table}.{key}` in {source} is `{value}`",
            hint=f"it is one of {', '.join(f'`{choice}`' for choice in choices)}",
        )
    return tuple(value) if isinstance(value, list) else value
