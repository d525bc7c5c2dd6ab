"""wget: takes the proxy from lower-case variables, and the CA only from the system's store or ``wgetrc``.

Source: ``wget(1)``; wget 1.21.3, ``init.c``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy
from proxyenv.catalog.tools.tool import ConfigFile, Configured, Keys, Tool, given, is_empty
from proxyenv.formats.format import require_single_line
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Wanted


def _configure(wanted: Wanted) -> Configured:
    """``ca_certificate`` in the user's ``wgetrc``; nothing without a corporate CA."""
    if not wanted.has_anchors:
        return Configured()
    bundle = require_single_line(str(wanted.layout.bundle), what="the bundle's path")
    return Configured((ToolFile("wget", wanted.path("wget"), "wgetrc", (("ca_certificate", bundle),)),))


TOOL: Final = Tool(
    name="wget",
    programs=("wget",),
    files=(
        ConfigFile(
            lambda m: (m.root / name for name in ("etc/wgetrc", "usr/local/etc/wgetrc")),
            "wgetrc",
            system=True,
        ),
        ConfigFile(
            lambda m: (given(m, "WGETRC") or m.home / ".wgetrc",), "wgetrc", name="wget", says=("roots",)
        ),
    ),
    keys=Keys(
        proxy=("http_proxy", "https_proxy"),
        roots=("ca_certificate", "ca_directory"),
        unverified=(("check_certificate", falsy("wget")),),
        schemes=(("http_proxy", "http"), ("https_proxy", "https")),
        direct=(("use_proxy", falsy("wget")), ("http_proxy", is_empty), ("https_proxy", is_empty)),
        exceptions=("no_proxy",),
    ),
    gnutls=True,
    fold=lambda name: name.lower().replace("_", "").replace("-", ""),
    configure=_configure,
    writes=(
        "`~/.wgetrc`",
        "`ca_certificate`",
    ),
    reroute="wget",
    dialects=("wget",),
    family="System",
    clients=(
        Client(
            "wget",
            "wget",
            (),
            Proxy(
                ("https_proxy",),
                ("http_proxy",),
                schemeless=Answer.YES,
                socks5h=Answer.NO,
                tls=Answer.NO,
            ),
            "wget",
            config="`ca_certificate` in `~/.wgetrc`",
            store=True,
            probe=Probe(program="wget"),
            verified=("1.21.3",),
            note="reads lower case only",
        ),
    ),
)
