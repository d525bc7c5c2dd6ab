"""Gradle: system properties of its daemon in ``gradle.properties`` of the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.tools.java_options import proxy_properties, require_plain_proxy, trust_properties
from proxyenv.model.tool_config import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.wanted import Wanted

_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E


def render_files(wanted: Wanted) -> tuple[ToolFile, ...]:
    """``systemProp.…`` for proxies, what goes direct, and the trust store.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    require_plain_proxy(wanted, "gradle")
    properties = [*proxy_properties(wanted), *trust_properties(wanted)]
    for scheme, proxy in wanted.proxies:
        if proxy.username is not None:
            properties.append((f"{scheme}.proxyUser", proxy.username))
            properties.append((f"{scheme}.proxyPassword", proxy.password or ""))
    settings = tuple((f"systemProp.{name}", escape(value)) for name, value in properties)
    return (ToolFile("gradle", wanted.places["gradle"], "properties", settings, sensitive=wanted.sensitive),)


def escape(value: str) -> str:
    """A value as ``java.util.Properties`` reads it, maybe as Latin-1: all beyond ASCII is escaped."""
    text = "".join(_escape(char) for char in value)
    return f"\\{text}" if text.startswith(" ") else text


def _escape(char: str) -> str:
    if char == "\\":
        return "\\\\"
    if _FIRST_PRINTABLE <= ord(char) <= _LAST_PRINTABLE:
        return char
    data = char.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{data[index : index + 2].hex()}" for index in range(0, len(data), 2))
