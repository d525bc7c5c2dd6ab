"""Which proxy serves which scheme."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.clients.client import Answer
from proxyenv.catalog.clients.table import CLIENTS
from proxyenv.errors import AmbiguityError, DiscoveryError, UsageError
from proxyenv.model.url import find_websocket_url, parse_proxy_url

if TYPE_CHECKING:
    from proxyenv.catalog.clients.client import Proxy
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.found import Found
    from proxyenv.model.request import Request
    from proxyenv.model.url import ProxyURL

SCHEMES: Final = ("http", "https")


class Proxies(NamedTuple):
    """The proxy for each scheme; ``None`` means direct."""

    http: ProxyURL | None
    https: ProxyURL | None

    @property
    def any(self) -> bool:
        """Whether there is a proxy at all."""
        return bool(self.http or self.https)


def choose_proxies(
    findings: Findings, request: Request, saved: Configuration
) -> tuple[Proxies, tuple[str, ...]]:
    """The proxy for each scheme, and what the user should know of the choice.

    A scheme for which nothing is said, saved or found gets the proxy of the other one: on a network
    that needs a proxy, direct means not at all.

    Raises:
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``configuration-invalid``.
        UsageError: ``proxy-url-invalid``.
    """
    notes: list[str] = []
    chosen = {scheme: _choose(scheme, findings, request, saved, notes) for scheme in SCHEMES}
    for scheme, other in (SCHEMES, SCHEMES[::-1]):
        if chosen[scheme] is None and chosen[other] is not None:
            chosen[scheme] = chosen[other]
            notes.append(f"no proxy is set for `{scheme}://`; the one for `{other}://` is used for both")
    return Proxies(**chosen), tuple(dict.fromkeys(notes))


def _choose(
    scheme: str, findings: Findings, request: Request, saved: Configuration, notes: list[str]
) -> ProxyURL | None:
    given = {"http": request.http_proxy, "https": request.https_proxy}[scheme]
    if given is not None:
        return parse_proxy_url(given, source=f"`--{scheme}-proxy`")
    if request.proxy is not None:
        return parse_proxy_url(request.proxy, source="`--proxy`")
    kept = {"http": saved.http_proxy, "https": saved.https_proxy}
    if request.saved or any(kept.values()):
        proxy = _parse_saved(kept[scheme])
        notes += _other_finds(findings, scheme, proxy)
        return proxy
    return _find_proxy(findings, scheme, notes)


def _parse_saved(text: str | None) -> ProxyURL | None:
    if text is None:
        return None
    try:
        return parse_proxy_url(text, source="the proxy")
    except UsageError as error:
        raise DiscoveryError(
            "configuration-invalid",
            f"in `proxyenv.toml`, {error.message}",
            hint="mend it there, or give `--proxy`",
        ) from error


def _find_proxy(findings: Findings, scheme: str, notes: list[str]) -> ProxyURL | None:
    for kind in (scheme, "all"):
        finds = [found for name, found in findings.proxies if name == kind]
        notes += [
            f"{found.provenance} is empty, which hides the other"
            for found in finds
            if not found.value.strip()
        ]
        parsed: dict[ProxyURL, Found[str]] = {}
        for found in finds:
            if found.value.strip():
                parsed.setdefault(parse_proxy_url(found.value, source=found.provenance), found)
        if len(parsed) > 1:
            raise _conflict(scheme, parsed)
        for proxy, found in parsed.items():
            notes.append(f"proxy for `{scheme}://` from {found.provenance}")
            return proxy
    return None


def _conflict(scheme: str, finds: dict[ProxyURL, Found[str]]) -> AmbiguityError:
    option = f"--{scheme}-proxy"
    shown = tuple(f"{proxy} ({found.provenance})" for proxy, found in finds.items())
    return AmbiguityError(
        "proxy-conflict",
        f"two different proxies were found for `{scheme}://`: {' and '.join(shown)}",
        option=option,
        choices=shown,
        answers=tuple(proxy.reveal() for proxy in finds),
        hint=f"say which with `{option} URL`, or unset one of the two variables",
    )


def _other_finds(findings: Findings, scheme: str, chosen: ProxyURL | None) -> list[str]:
    """What the saved proxy wins over. A find that cannot be parsed would not be taken anyway."""
    notes = []
    for kind, found in findings.proxies:
        if kind == scheme and found.value.strip():
            try:
                other = parse_proxy_url(found.value, source=found.provenance)
            except UsageError:
                continue
            if other != chosen:
                notes.append(f"{found.provenance} names another proxy, {other}; `--{scheme}-proxy` takes it")
    return notes


def credential_notes(proxies: Proxies) -> list[str]:
    """What some client cannot do with these proxies."""
    notes = []
    distinct = [proxy for proxy in dict.fromkeys(proxies) if proxy is not None]
    if any(find_websocket_url(proxy) is None for proxy in distinct):
        notes.append(
            "websockets cannot send the proxy's credentials as they are, so Prefect would lose task runs "
            "unless its API is reached directly; ask for a password in ASCII without blanks, `/`, `#`, `?`, "
            "`[` and `]`"
        )
    if any(proxy.password and not proxy.password.isascii() for proxy in distinct):
        notes.append(
            "requests, pip, boto3 and aiohttp cannot send a proxy password with letters beyond ASCII"
        )
    if any(proxy.scheme == "https" for proxy in distinct):
        unable = [each.name for each in CLIENTS if each.proxy and not _takes_tls_by_variables(each.proxy)]
        notes.append(f"a proxy that itself speaks TLS is of no use to {', '.join(unable)} by variables alone")
    return notes


def _takes_tls_by_variables(proxy: Proxy) -> bool:
    """Whether a client can speak TLS to a proxy under a root that a variable names, as far as is known."""
    return proxy.tls is Answer.UNKNOWN or (proxy.tls is Answer.YES and bool(proxy.tls_roots))
