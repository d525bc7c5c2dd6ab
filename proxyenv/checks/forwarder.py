"""What the answers of a forwarder on this machine mean: it speaks for the corporate proxy behind it.

px answers 401 where the corporate proxy answers 407, 502 where that cannot be reached, and without one it
goes direct and says 200 (px 0.13, driven).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders import find_past
from proxyenv.checks.channel import PlainChannel
from proxyenv.checks.finding import failed, warning
from proxyenv.errors import DiscoveryError
from proxyenv.model.pac import UNLISTED
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.url import is_web_url, show_source

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.checks.answer import HTTPAnswer
    from proxyenv.checks.finding import Finding
    from proxyenv.model.forwarder import Forwarder, Upstream
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.subject import Origin

_PAST: Final = "that may be right; to prove the corporate proxy, take `{1}` out of what {0} sends direct"
_SECONDS: Final = 10.0
_LOOK_UP: Final = 3.0
_ABSENT: Final = frozenset({502, 503, 504})
_REFUSED: Final = frozenset({401, 407})


def judge_forwarder(
    forwarder: Forwarder, answer: HTTPAnswer, proxy: ProxyURL, *, timeout: float
) -> Finding | None:
    """What an answer to CONNECT means that a forwarder gave; ``None`` where it means what any proxy's does.

    Args:
        forwarder: what listens there.
        answer: what it said.
        proxy: its address.
        timeout: seconds for a connection to the proxy behind it.
    """
    seen = f"`{proxy.authority}` answers `{answer}`; {forwarder}"
    if forwarder.goes_direct:
        return failed("forwarder-direct", seen, forwarder.remedy)
    if not forwarder.name:
        return None
    if answer.status in _REFUSED:
        detail = f"{seen}: that proxy refuses the user or the password, or got none"
        return failed("proxy-credentials-refused", detail, forwarder.password)
    if answer.status in _ABSENT and forwarder.upstream:
        return _try_upstream(forwarder, forwarder.upstream.proxies, seen, timeout=timeout)
    return None


def _try_upstream(
    forwarder: Forwarder, proxies: tuple[str, ...], seen: str, *, timeout: float
) -> Finding | None:
    """A failure where no proxy behind it can be reached from here."""
    said: list[str] = []
    for text in proxies:
        upstream = find_proxy_url(text)
        if upstream is None:
            said.append(f"`{text}` is no address")
            continue
        try:
            PlainChannel(upstream.host, upstream.port, timeout=timeout).close()
        except OSError as error:
            said.append(f"`{text}` cannot be reached from here: {error.strerror or error}")
        else:
            return None
    if not said:
        return None
    hint = f"connect to the company's network; {forwarder.name} itself runs"
    return failed("proxy-unreachable", f"{seen}; {', '.join(said)}", hint)


def judge_tunnel(forwarder: Forwarder | None, finding: Finding, origin: Origin, roots: Path) -> Finding:
    """*finding* of a tunnel, with what stands behind the forwarder that opened it, and whether it was asked.

    Args:
        forwarder: what listens there; ``None`` for any other proxy.
        finding: a yes.
        origin: where the tunnel leads.
        roots: what to verify the server of a PAC file against.

    Returns:
        A warning where the forwarder reached the origin without a proxy, or nobody can tell; a no where its
        PAC file sends everything direct.
    """
    if forwarder is None:
        return finding
    seen, host = f"{finding.detail}; {forwarder}", origin.host
    entry = find_past(forwarder, host, partial(_find_address, host))
    if entry is not None and forwarder.upstream:
        detail = f"{seen}, but not for `{host}`: {forwarder.upstream.past_source} has `{entry}`"
        return warning("forwarder-past", detail, _PAST.format(forwarder.name, entry))
    if forwarder.upstream is None or not forwarder.upstream.pac:
        return replace(finding, detail=seen)
    return _ask_its_pac(forwarder, forwarder.upstream, replace(finding, detail=seen), origin, roots)


def _ask_its_pac(
    forwarder: Forwarder, upstream: Upstream, finding: Finding, origin: Origin, roots: Path
) -> Finding:
    """What the PAC file of a forwarder answers, asked again here: its first way is the one that is taken."""
    from proxyenv.checks.pac import PacSurroundings, ask_pac

    urls = (f"https://{origin.authority}/", f"https://{UNLISTED}/")
    try:
        script = _fetch_script(upstream, roots) if upstream.script is None else upstream.script
        around = PacSurroundings(datetime.now(UTC))
        asked, unlisted = ask_pac(script, urls, around, source=f"`{show_source(upstream.pac)}`")
    except DiscoveryError as error:
        detail = f"{finding.detail}; whether it was asked for this is not known: {error.message}"
        return warning("forwarder-unproved", detail, error.hint)
    if not asked.first.is_direct:
        return replace(finding, detail=f"{finding.detail}, which answers `{asked.first}`")
    if unlisted.first.is_direct:
        detail = f"{finding.detail}, which sends `{origin.host}` and hosts that it does not name direct"
        return failed("forwarder-direct", detail, forwarder.remedy)
    detail = f"{finding.detail}, which sends `{origin.host}` direct"
    return warning("forwarder-past", detail, _PAST.format("the PAC file", origin.host))


def _fetch_script(upstream: Upstream, roots: Path) -> str:
    """The PAC file of a forwarder, from the web.

    Raises:
        DiscoveryError: it cannot be fetched, or it is none.
    """
    from proxyenv.checks.download import fetch_document
    from proxyenv.formats.pac import LIMIT, parse_pac

    source = f"`{show_source(upstream.pac)}`"
    if not is_web_url(upstream.pac):
        raise DiscoveryError("pac-unreachable", f"{source} cannot be read here")
    document = fetch_document(upstream.pac, proxy=None, roots=(roots,), seconds=_SECONDS, limit=LIMIT)
    return parse_pac(document.content, source=source, charset=document.charset)


def _find_address(host: str) -> str | None:
    """The first address of a host, within the time that px waits for it."""
    from proxyenv.checks.pac import look_up, resolve_name

    return next(iter(look_up((host,), resolve_name, seconds=_LOOK_UP)[host]), None)
