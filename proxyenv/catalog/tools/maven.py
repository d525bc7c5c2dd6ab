"""Maven: proxies in ``settings.xml``, and the trust store by ``.mavenrc``, which ``mvn`` sources.

Source: the Maven settings reference, "Proxies"; Maven 3.8.7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.shells import posix
from proxyenv.catalog.tools.java import VARIABLE, require_plain_proxy, trust_properties
from proxyenv.catalog.tools.tool import BY_HAND, ConfigFile, Configured, Keys, Tool, compose_proxies
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.formats.format import Item
    from proxyenv.model.proxy_url import ProxyURL


def _configure(wanted: Wanted) -> Configured:
    """A ``<proxy>`` for each scheme, and ``MAVEN_OPTS`` in a block of ``.mavenrc``.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    require_plain_proxy(wanted, "maven")
    return Configured(tuple(_files(wanted)))


def _files(wanted: Wanted) -> Iterator[ToolFile]:
    proxies = tuple(
        (f"proxyenv-{scheme}", _render_proxy(scheme, proxy, wanted.java)) for scheme, proxy in wanted.proxies
    )
    if proxies:
        yield ToolFile("maven", wanted.path("maven"), "maven", proxies, sensitive=wanted.sensitive)
    if wanted.has_anchors and wanted.platform != "win32":
        options = (("MAVEN_OPTS", _render_options(wanted)),)
        yield ToolFile("maven", wanted.path("mavenrc"), "block", options)


def _render_proxy(scheme: str, proxy: ProxyURL, direct: tuple[str, ...]) -> str:
    """The element, its first line without indent."""
    elements = [
        ("id", f"proxyenv-{scheme}"),
        ("active", "true"),
        ("protocol", scheme),
        ("host", proxy.host),
        ("port", str(proxy.port)),
    ]
    if proxy.username is not None:
        elements += [("username", proxy.username), ("password", proxy.password or "")]
    elements.append(("nonProxyHosts", "|".join(direct)))
    for name, value in elements:
        _require_literal(name, require_single_line(value, what=f"the proxy's {name}"))
    lines = (f"      <{name}>{_escape(value)}</{name}>" for name, value in elements)
    return "\n".join(("<proxy>", *lines, "    </proxy>"))


def _is_encrypted(password: str) -> bool:
    """Whether Maven takes it for one: there is something in braces."""
    return 0 <= password.find("{") < password.rfind("}") - 1


def _require_literal(name: str, value: str) -> None:
    """Refuse what Maven would not take as it stands; there is no way to escape it in an element.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    if "${" in value:
        taken = f"a part of the proxy's {name} for a variable"
    elif name == "password" and _is_encrypted(value):
        taken = "the proxy's password for an encrypted one, since it has a pair of braces"
    else:
        return
    raise PlanError("value-unrepresentable", f"`maven` would take {taken}")


def _escape(value: str) -> str:
    """Beyond ASCII by number: the file may declare any encoding."""
    from xml.sax.saxutils import escape  # with it comes all of urllib

    return escape(value).encode("ascii", "xmlcharrefreplace").decode()


def _render_options(wanted: Wanted) -> str:
    """The body of the block. ``mvn`` splits the variable at blanks, and there is no way to quote one."""
    options = [f"-D{name}={value}" for name, value in trust_properties(wanted)]
    if any(char.isspace() for option in options for char in option):
        raise PlanError(
            "value-unrepresentable",
            f"`MAVEN_OPTS` cannot hold a path with a blank: `{wanted.layout.pkcs12}`",
            hint="use another directory with `--prefix`",
        )
    path = posix.quote(str(wanted.layout.pkcs12))
    added = posix.quote(" " + " ".join(options))
    return f'if [ -r {path} ]; then MAVEN_OPTS="${{MAVEN_OPTS-}}"{added}; fi\n'


def _compose(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """Those of the elements that are active, each with its proxy; a password may be encrypted."""
    groups: dict[str, list[Item]] = {}
    for item in items:
        groups.setdefault(item.section, []).append(item)
    found: list[Item] = []
    for section, group in groups.items():
        values = {item.name: item.value for item in group}
        if values.get("active", "true").lower() == "true":
            user, password = values.get("username", ""), values.get("password", "")
            known = (user, password) if not _is_encrypted(password) else ("", "")
            found += compose_proxies(tuple(group), {f"{section}/host": (values.get("port", ""), *known)})
    return tuple(found)


TOOL: Final = Tool(
    name="maven",
    programs=("mvn",),
    files=(
        ConfigFile(lambda m: (m.home / ".m2/settings.xml",), "maven", BY_HAND, name="maven", says=("proxy",)),
        ConfigFile(lambda m: (m.home / ".mavenrc",), "block", name="mavenrc", says=("roots",)),
    ),
    keys=Keys(
        proxy=("*.host",),
        exceptions=("*.nonProxyHosts",),
    ),
    compose=_compose,
    configure=_configure,
    writes=(
        "`~/.m2/settings.xml`, `~/.mavenrc`",
        "a `<proxy>` for each scheme; the trust store in `MAVEN_OPTS`",
    ),
    family="Java",
    clients=(
        Client(
            "maven",
            "Maven",
            (),
            None,
            "java",
            config="`<proxies>` in `~/.m2/settings.xml`",
            opt_in=(VARIABLE,),
            store=True,
            probe=Probe(program="mvn"),
            verified=("3.8.7",),
            note="credentials only in `settings.xml`",
        ),
    ),
)
