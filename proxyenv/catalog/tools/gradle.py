"""Gradle: system properties of its daemon in the user's ``gradle.properties``.

Source: Gradle's user guide, "Networking".
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.tools.java import VARIABLE, proxy_properties, require_plain_proxy, trust_properties
from proxyenv.catalog.tools.tool import BY_HAND, ConfigFile, Configured, Keys, Tool, compose_proxies, given
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.formats.format import Item

_FIRST_PRINTABLE, _LAST_PRINTABLE = 0x20, 0x7E


def _configure(wanted: Wanted) -> Configured:
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
    path = wanted.path("gradle")
    return Configured((ToolFile("gradle", path, "properties", settings, sensitive=wanted.sensitive),))


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


def _compose(items: tuple[Item, ...]) -> tuple[Item, ...]:
    values = {item.name: item.value for item in items}
    names = ("proxyPort", "proxyUser", "proxyPassword")
    parts = {
        f"systemProp.{scheme}.proxyHost": tuple(
            values.get(f"systemProp.{scheme}.{name}", "") for name in names
        )
        for scheme in ("http", "https")
    }
    return compose_proxies(items, parts)


TOOL: Final = Tool(
    name="gradle",
    programs=("gradle",),
    files=(
        ConfigFile(
            lambda m: ((given(m, "GRADLE_USER_HOME") or m.home / ".gradle") / "gradle.properties",),
            "properties",
            BY_HAND,
            name="gradle",
            says=("proxy", "roots"),
        ),
    ),
    keys=Keys(
        proxy=("systemProp.http.proxyHost", "systemProp.https.proxyHost"),
        schemes=(("systemProp.http.proxyHost", "http"), ("systemProp.https.proxyHost", "https")),
        exceptions=("systemProp.http.nonProxyHosts",),
    ),
    compose=_compose,
    configure=_configure,
    writes=(
        "`~/.gradle/gradle.properties`",
        "proxies, what goes direct, the trust store, as `systemProp.…`",
    ),
    family="Java",
    clients=(
        Client(
            "gradle",
            "Gradle",
            (),
            None,
            "java",
            config="`systemProp.https.proxyHost` in `~/.gradle/gradle.properties`",
            opt_in=(VARIABLE,),
            store=True,
            probe=Probe(program="gradle"),
            source="its user guide, on networking",
        ),
    ),
)
