"""Java: ``JAVA_TOOL_OPTIONS``, which every JVM reads, as one more variable of the env files.

Source: ``java.net``, "Networking Properties"; the JSSE reference guide; OpenJDK 17.0.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.tools.tool import Configured, Tool
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Wanted

VARIABLE: Final = "JAVA_TOOL_OPTIONS"


def proxy_properties(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Each property that says where the proxy is. The JDK has none for credentials."""
    for scheme, proxy in wanted.proxies:
        yield f"{scheme}.proxyHost", proxy.host
        yield f"{scheme}.proxyPort", str(proxy.port)
    if wanted.http or wanted.https:
        yield "http.nonProxyHosts", "|".join(wanted.java)  # it serves https too


def trust_properties(wanted: Wanted) -> Iterator[tuple[str, str]]:
    """Each property that names the trust store."""
    if wanted.has_anchors:
        yield "javax.net.ssl.trustStore", str(wanted.layout.pkcs12)
        yield "javax.net.ssl.trustStoreType", "PKCS12"


def require_plain_proxy(wanted: Wanted, tool: str) -> None:
    """Refuse a proxy to which the JDK would have to speak TLS.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if any(proxy.scheme == "https" for _, proxy in wanted.proxies):
        raise PlanError(
            "value-unrepresentable",
            f"`{tool}` cannot use a proxy that itself speaks TLS",
            hint="ask IT for its `http://` address",
        )


def _configure(wanted: Wanted) -> Configured:
    """The variable. It holds no password: the JDK has no property for one.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    require_plain_proxy(wanted, "java")
    properties = (*proxy_properties(wanted), *trust_properties(wanted))
    value = " ".join(_quote(f"-D{name}={value}") for name, value in properties)
    file = str(wanted.layout.pkcs12) if wanted.has_anchors else None
    from proxyenv.model.target import Variable

    return Configured(variables=(Variable(VARIABLE, value, file=file),), notes=tuple(_notes(wanted)))


def _quote(option: str) -> str:
    """The JVM splits at blanks and knows both quotes, but no escape."""
    if not any(char.isspace() or char in "'\"" for char in option):
        return option
    for quote in "'\"":
        if quote not in option:
            return f"{quote}{option}{quote}"
    raise PlanError("value-unrepresentable", f"`{VARIABLE}` cannot hold both kinds of quotes: {option}")


def _notes(wanted: Wanted) -> Iterator[str]:
    if any(proxy.username is not None for _, proxy in wanted.proxies):
        yield "Java has no property for a proxy's credentials: the proxy will refuse it"
    found = wanted.environment.get(VARIABLE)
    if found and "javax.net.ssl.trustStore=" not in found and "proxyHost=" not in found:
        yield (
            f"`{VARIABLE}` is set here, and the env files replace it: put those options into "
            "`JDK_JAVA_OPTIONS`"
        )


TOOL: Final = Tool(
    name="java",
    programs=("java",),
    configure=_configure,
    writes=(
        "the variable `JAVA_TOOL_OPTIONS` in the env files",
        "proxies, what goes direct, the trust store, for every JVM; each prints that it picked them up",
    ),
    family="Java",
    clients=(
        Client(
            "java",
            "Java",
            (),
            None,
            "java",
            config="`javax.net.ssl.trustStore`, `https.proxyHost` in `JAVA_TOOL_OPTIONS` or `net.properties`",
            opt_in=(VARIABLE,),
            store=True,
            probe=Probe(program="java", arguments=("-version",)),
            verified=("17.0.15",),
            note="a store of its own, with the system's CAs on Debian",
        ),
    ),
)
