"""What the answers of a forwarder on this machine mean: it speaks for the corporate proxy behind it.

px answers 401 where the corporate proxy answers 407, 502 where that cannot be reached, and without one it
goes direct and says 200 (px 0.13, driven).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxyenv.checks.channel import PlainChannel
from proxyenv.checks.finding import failed
from proxyenv.model.url import find_proxy_url

if TYPE_CHECKING:
    from proxyenv.checks.answer import HTTPAnswer
    from proxyenv.checks.finding import Finding
    from proxyenv.model.forwarder import Forwarder
    from proxyenv.model.url import ProxyURL

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


def name_forwarder(forwarder: Forwarder | None, finding: Finding) -> Finding:
    """*finding* of a tunnel, with what stands behind the forwarder that opened it."""
    if forwarder is None:
        return finding
    return replace(finding, detail=f"{finding.detail}; {forwarder}")
