"""What the settings of desktops have in common: a host and a port per scheme, a list, and a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


WPAD: Final = (
    "asks the local network for a PAC file (WPAD), which is never followed unasked; `proxyenv setup --wpad` "
    "shows what it answers, and asks"
)


class Scheme(NamedTuple):
    """The proxy of a scheme.

    Args:
        host: maybe with a scheme.
        port: nothing, or ``0``, where there is none.
        provenance: where it is.
    """

    host: str
    port: str
    provenance: str

    def make_url(self, scheme: str = "") -> str:
        """As a variable would have it.

        Args:
            scheme: of the proxy itself, where the host has none.
        """
        host = self.host.rstrip("/")
        if ":" in host.partition("://")[2] or ("://" not in host and host.count(":") == 1):
            text = host
        else:
            bare = f"[{host}]" if host.count(":") > 1 and "://" not in host and "[" not in host else host
            text = f"{bare}:{self.port}" if self.port not in {"", "0"} else bare
        return text if "://" in text or not scheme else f"{scheme}://{text}"


class Manual(NamedTuple):
    """What somebody entered by hand.

    Args:
        schemes: by ``http``, ``https``, ``socks``; only those that have a host.
        excepted: the hosts that go direct, as NO_PROXY would list them.
        user: of the proxy for ``http``.
        password: the same.
        socks: the scheme of a SOCKS proxy.
    """

    schemes: Mapping[str, Scheme]
    excepted: Found[str] | None = None
    user: str = ""
    password: str = ""
    socks: str = "socks5"


def read_manual(source: str, manual: Manual) -> SourceSettings:
    """As a source says it. A SOCKS proxy counts where there is no other."""
    named = {name: scheme for name, scheme in manual.schemes.items() if name != "socks"}
    socks = manual.schemes.get("socks")
    proxies = [(name, Found(scheme.make_url(), scheme.provenance)) for name, scheme in named.items()]
    if socks and not named:
        proxies.append(("all", Found(socks.make_url(manual.socks), socks.provenance)))
    notes = []
    if socks and named:
        notes.append(Found("is a SOCKS proxy beside others, and is left out", socks.provenance))
    if manual.user:
        proxies = _with_credentials(proxies, manual)
    lists = (manual.excepted,) if manual.excepted and proxies else ()
    return SourceSettings(source, tuple(proxies), lists, notes=tuple(notes))


def describe_wpad(provenance: str) -> Found[str]:
    """The remark that a source leaves the choice to the local network."""
    return Found(WPAD, provenance)


def _with_credentials(proxies: list[tuple[str, Found[str]]], manual: Manual) -> list[tuple[str, Found[str]]]:
    """The user and the password belong to the proxy for ``http``, and so to the same one for ``https``."""
    http = next((found for kind, found in proxies if kind == "http"), None)
    wanted = find_proxy_url(http.value) if http else None
    if wanted is None:
        return proxies
    full = wanted._replace(username=manual.user, password=manual.password).reveal()
    return [
        (kind, Found(full, found.provenance) if find_proxy_url(found.value) == wanted else found)
        for kind, found in proxies
    ]
