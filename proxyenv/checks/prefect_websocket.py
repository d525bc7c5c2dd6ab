"""The check ``prefect-websocket``: what opening the API's websocket with Prefect's own client proves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import PORTAL_HINT, Circumstances
from proxyenv.checks.failure import Failure, classify, parse_chain
from proxyenv.checks.finding import Finding, failed
from proxyenv.checks.prefect_api import explain_refusal, hint_for_gateway
from proxyenv.checks.proxy import find_websocket_proxy, judge_way
from proxyenv.checks.tunnel import ask_for_connect, ask_for_credentials, name_credentials, way_around
from proxyenv.checks.verification import hint_for
from proxyenv.model.proxy_url import find_websocket_url
from proxyenv.model.subject import parse_origin

if TYPE_CHECKING:
    from proxyenv.checks.interpreter import Record
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.subject import Origin, Subject

_UNSENDABLE: Final = (
    "websockets cannot send this password: ask for one in ASCII without blanks, `/`, `#`, `?`, `[` and `]`"
)


def judge_websocket(subject: Subject, record: Record, seen: Circumstances) -> Finding:
    """What opening the websocket proves."""
    url = subject.api_url or ""
    origin = parse_origin(url)
    proxy = find_websocket_proxy(subject, url)
    if "error" not in record:
        return judge_way(proxy, record["peers"], f"the websocket to `{origin.authority}` opens")
    failure = classify(parse_chain(record["error"]), otherwise="websocket-failed", seen=seen)
    if proxy and failure.cause == "websocket-failed" and failure.detail.startswith("EOFError"):
        failure = failure._replace(cause="websocket-tunnel-closed")
    if failure.cause == "proxy-credentials-refused" and proxy and proxy.username is None:
        failure = failure._replace(cause="proxy-credentials-wanted")
    refused = explain_refusal(subject, failure)
    if refused:
        return refused
    detail = f"the websocket to `{origin.authority}` does not open: {failure.detail}"
    if failure.cause == "captive-portal":
        return failed(failure.cause, detail, PORTAL_HINT)
    return failed(failure.cause, detail, _websocket_hint(subject, failure, origin, proxy))


def _websocket_hint(subject: Subject, failure: Failure, origin: Origin, proxy: ProxyURL | None) -> str | None:
    if proxy is None:
        if failure.cause == "websocket-upgrade-dropped":
            return f"let the reverse proxy in front of `{origin.authority}` pass the `Upgrade` header on"
        return _passes(origin)
    if failure.cause == "proxy-credentials-wanted":
        return ask_for_credentials(proxy)
    if failure.cause == "proxy-credentials-refused":
        return f"check {name_credentials(proxy)}" if find_websocket_url(proxy) else _UNSENDABLE
    asked = {
        "websocket-denied": ask_for_connect(origin, proxy),
        "proxy-denied": ask_for_connect(origin, proxy),
        "proxy-gateway": hint_for_gateway(failure, origin),
        "websocket-upgrade-dropped": (
            f"ask IT to let {_who_read(failure, proxy)} pass the `Upgrade` header on for `{origin.host}` "
            "(squid: `http_upgrade_request_protocols websocket allow all`, in lower case), "
            "or not to decrypt TLS to that host"
        ),
        "websocket-tunnel-closed": (
            f"`{proxy.authority}` may accept only TLS in its tunnels: give the API an `https://` URL, or ask "
            f"IT for plain tunnels to `{origin.authority}` (squid: `on_unsupported_protocol tunnel all`)"
        ),
    }
    way = asked.get(failure.cause)
    if way is None and failure.cause != "websocket-failed":
        return hint_for(failure.cause, None, subject.bundle, store=subject.runtime.truststore)
    return f"{way or _passes(origin)}; {way_around(origin)}"


def _passes(origin: Origin) -> str:
    return f"does what stands in front of `{origin.authority}` pass websockets on? Prefect 2 has none of them"


def _who_read(failure: Failure, proxy: ProxyURL) -> str:
    """Who may have dropped a header: only the proxy, if the answer shows that the proxy decrypted it."""
    answer = failure.link.answer if failure.link else None
    via = answer.headers.get("via") if answer else None
    if via:
        return f"`{proxy.authority}`, which decrypts this connection (`Via: {via}`),"
    return f"`{proxy.authority}`, or whatever stands in front of the API,"
