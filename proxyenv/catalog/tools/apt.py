"""apt: a file of its own in ``apt.conf.d``, since ``sudo`` drops the variables.

Source: ``apt-transport-http(1)``, ``apt-transport-https(1)``, ``apt.conf(5)``; apt 2.6.1.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy
from proxyenv.catalog.tools.tool import (
    BY_HAND,
    ConfigFile,
    Configured,
    Keys,
    Tool,
    refuse_password,
)
from proxyenv.errors import PlanError
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Seen, Wanted
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine

DROP_IN: Final = Path("/etc/apt/apt.conf.d/95proxyenv")
"""The file that only proxyenv writes, and root alone may."""


def _paths(machine: Machine) -> Iterator[Path]:
    etc = machine.root / "etc/apt"
    yield from (path for path in machine.files(etc / "apt.conf.d") if path.name != DROP_IN.name)
    yield etc / "apt.conf"


def _is_direct(value: str) -> bool:
    """A word that stands alone: to apt it has no host, and so it goes direct (driven with 2.6)."""
    from proxyenv.model.slips import names_nothing

    return bool(value.strip()) and "://" not in value and names_nothing(value)


def _spell(item: Item) -> str:
    return f"{item.section}::{item.name}" if item.section else item.name


def _look(machine: Machine) -> Seen:
    """The directory above the bundle that apt's own user may not enter."""
    closed = machine.find_closed(machine.layout.bundle)
    return (("closed", str(closed)),) if closed else ()


def _configure(wanted: Wanted) -> Configured:
    """The drop-in.

    Raises:
        PlanError: ``password-refused``; ``value-unrepresentable``; ``bundle-closed``: apt reads the bundle
            as a user of its own, who may not enter the directory.
    """
    if wanted.sensitive:
        raise refuse_password("apt", "every user's apt has to read that file")
    closed = dict(wanted.seen("apt")).get("closed")
    if wanted.has_anchors and closed is not None:
        raise PlanError(
            "bundle-closed",
            f"apt reads the bundle as the user `_apt`, who may not enter `{closed}`",
            hint="set up with `--prefix /etc/proxyenv`",
        )
    content = "".join(f"{line}\n" for line in _lines(wanted))
    return Configured((ToolFile("apt", wanted.path("apt"), "whole", content=content),))


def _lines(wanted: Wanted) -> Iterator[str]:
    yield "// Written by proxyenv; `proxyenv uninstall` takes it away."
    for scheme, proxy in (("http", wanted.http), ("https", wanted.https)):
        if proxy is None and (wanted.http or wanted.https):
            yield f'Acquire::{scheme}::Proxy "DIRECT";'  # it would use the proxy for http, or a variable
        if proxy is None:
            continue
        yield f"Acquire::{scheme}::Proxy {_quote(str(proxy))};"
        for host in wanted.no_proxy:
            if _is_host(host):
                yield f'Acquire::{scheme}::Proxy::{host} "DIRECT";'
    if wanted.has_anchors:
        yield f"Acquire::https::CaInfo {_quote(str(wanted.layout.bundle))};"


def _is_host(entry: str) -> bool:
    """Whether apt can take it: names alone; no domains, networks, ports or IPv6 addresses."""
    return entry.replace(".", "").replace("-", "").isalnum() and entry.isascii() and not entry.startswith(".")


def _quote(value: str) -> str:
    """There is no escape for a quote in ``apt.conf``."""
    if '"' in value or not value.isprintable():
        raise PlanError("value-unrepresentable", f"`apt.conf` cannot represent `{value}`")
    return f'"{value}"'


TOOL: Final = Tool(
    name="apt",
    programs=("apt-get",),
    files=(
        ConfigFile(_paths, "apt", lambda item: BY_HAND if item.section else None, system=True),
        ConfigFile(lambda _: (DROP_IN,), "whole", system=True, name="apt", says=("proxy", "roots")),
    ),
    keys=Keys(
        proxy=("Acquire::http::Proxy", "Acquire::https::Proxy"),
        roots=("Acquire::https::CaInfo",),
        unverified=(
            ("Acquire::http*::Verify-Host", falsy("apt")),
            ("Acquire::http*::Verify-Peer", falsy("apt")),
        ),
        schemes=(("Acquire::http::Proxy", "http"), ("Acquire::https::Proxy", "https")),
        direct=(("Acquire::http::Proxy", _is_direct), ("Acquire::https::Proxy", _is_direct)),
    ),
    spell=_spell,
    look=_look,
    configure=_configure,
    writes=(
        "`/etc/apt/apt.conf.d/95proxyenv`, as root and with `--prefix /etc/proxyenv`",
        "proxies, plain names that go direct, the bundle",
    ),
    clear="#clear",
    family="System",
    clients=(
        Client(
            "apt",
            "apt",
            (),
            Proxy(
                ("https_proxy", "http_proxy"),
                ("http_proxy",),
                schemeless=Answer.NO,
                socks5h=Answer.YES,
                tls=Answer.YES,
            ),
            config="`Acquire::https::CaInfo` in `apt.conf.d`",
            store=True,
            probe=Probe(program="apt-get"),
            verified=("2.6.1",),
            note="reads lower case only; `sudo` drops the variables",
        ),
    ),
)
