"""The check ``fetch`` and the control without the corporate CA: httpx in a fresh interpreter.

A successful fetch proves nothing about the proxy. What counts is the address that the client connected to
and, with TLS, who issued the certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxyenv.checks import squid
from proxyenv.checks.channel import name_of
from proxyenv.checks.finding import Finding, classify, failed, parse_chain, warning
from proxyenv.checks.interpreter import Interpreter
from proxyenv.checks.proxy import find_addresses, find_route
from proxyenv.checks.verification import hint_for
from proxyenv.model.subject import parse_origin, show_url

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

_MODULE = "proxyenv.checks.child.fetch"
_START = 30.0
_DENIED_PAGE = "ask IT to allow the page at the proxy, or name another one with `--url`"


def run_fetches(
    subject: Subject, urls: tuple[str, ...], *, without_ca: Path | None = None
) -> Generator[Record]:
    """Fetch *urls* in a fresh interpreter.

    Args:
        subject: whose environment.
        urls: what to fetch, in order.
        without_ca: verify against this file instead of the one in the environment.

    Yields:
        A record for each URL, in order.
    """
    if not urls:
        return
    fetches = [{"url": url, "cafile": str(without_ca) if without_ca else None} for url in urls]
    job = {"fetches": fetches, "timeout": subject.timeout, "plugin": subject.runtime.plugin}
    done = 0
    with Interpreter(_MODULE, job, subject=subject) as interpreter:
        try:
            for record in interpreter.records(limit=_START + 3 * subject.timeout * len(urls)):
                if record["event"] == "fetched":
                    done += 1
                    yield record
            trouble = {"type": "interpreter.Died", "text": " ".join(interpreter.complaints[-1:])}
        except TimeoutError as error:
            trouble = {"type": "builtins.TimeoutError", "text": str(error)}
    for _ in urls[done:]:
        yield {"error": [trouble]}


def judge_fetch(subject: Subject, url: str, record: Record) -> Finding:
    """What a fetch proves.

    Args:
        subject: whose environment it had.
        url: the URL.
        record: what the fresh interpreter reported.
    """
    if "error" in record:
        failure = classify(parse_chain(record["error"]), otherwise="origin-unreachable")
        hint = hint_for(failure.cause, None, subject.bundle, store=subject.runtime.truststore)
        return failed(failure.cause, failure.detail, hint)
    routed = _judge_route(subject, url, record)
    if routed.status == "failed":
        return routed
    status = int(record["status"])
    if status >= 300:  # noqa: PLR2004 - httpx does not follow redirects unless told to
        return _judge_status(subject, url, record)
    if record["uuid"] is None:
        kind = record["content_type"] or "no content type"
        hint = "open it in a browser: is it a block page or a log-in page of the proxy?"
        return warning("no-uuid", f"{status}, {kind}, no `uuid` in it; {routed.detail}", hint)
    detail = f"{status}, uuid {record['uuid']}, {routed.detail}"
    return Finding(detail, routed.status, routed.cause, routed.hint)


def _judge_route(subject: Subject, url: str, record: Record) -> Finding:
    route = find_route(subject, url)
    host, port = record["peer"]
    where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
    secure = url.lower().startswith("https:") and record["issuer"]  # else it is the proxy's own certificate
    issuer = f", certificate issued by `{name_of(record['issuer'])}`" if secure else ""
    if route.proxy:
        if port == route.proxy.port and host in find_addresses(route.proxy):
            return Finding(f"the client connected to {where}, the proxy{issuer}")
        detail = f"the client connected to {where}, which is not the proxy `{route.proxy.authority}`{issuer}"
        return failed(
            "not-proxied", detail, "look for code that sets its own proxy, such as a `sitecustomize` module"
        )
    seen = f"the client connected to {where}, direct{issuer}"
    if route.bypass:
        hint = (
            f"name a URL that goes through the proxy with `--url`, or remove `{route.bypass}` from NO_PROXY"
        )
        return warning(
            "bypassed", f"{seen}: NO_PROXY has `{route.bypass}`; this proves nothing about the proxy", hint
        )
    if subject.proxies:
        scheme = url.partition(":")[0].lower()
        return warning("no-proxy-configured", f"{seen}: no proxy is configured for `{scheme}://`")
    return Finding(seen)


def _judge_status(subject: Subject, url: str, record: Record) -> Finding:
    status, by = int(record["status"]), record["proxied_by"]
    seen = f"`{show_url(url)}` answers `{status} {record['reason']}`"
    if status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        proxy = find_route(subject, url).proxy
        given = proxy is not None and proxy.username is not None
        return failed("proxy-credentials-refused" if given else "proxy-credentials-wanted", seen)
    if error := record.get("squid_error"):
        said = f"{seen}: squid says `{squid.name_of(error)}` (via {by})"
        hint = squid.hint_for(error, status, parse_origin(url))
        return failed(squid.find_cause(status), said, hint or _DENIED_PAGE)
    if record["location"]:
        return failed(
            "origin-status",
            f"{seen} and redirects to `{show_url(record['location'])}`",
            "name the final URL with `--url`",
        )
    detail = f"{seen} (via {by})" if by else seen
    return failed(
        "origin-status",
        detail,
        "check the URL; a proxy that refuses a plain `http://` page also answers like this",
    )


def judge_without_ca(url: str, record: Record, *, intercepted: bool) -> Finding:
    """What a fetch proves that had the public roots alone, and so must fail.

    Args:
        url: the URL.
        record: what the fresh interpreter reported.
        intercepted: whether the check ``tls`` found that a corporate CA issued the certificate.
    """
    shown = show_url(url)
    if "error" in record:
        return _judge_refused(shown, parse_chain(record["error"]))
    if intercepted:
        detail = (
            f"`{shown}` was fetched with the public roots alone, though a corporate CA issued its certificate"
        )
        return failed(
            "control-passed",
            detail,
            "look for code that changes verification, such as a `sitecustomize` module",
        )
    detail = (
        f"with the public roots alone `{shown}` is fetched: it is not intercepted and needs no corporate CA"
    )
    return warning(
        "not-intercepted", detail, "to prove the CA, name a URL that the proxy intercepts with `--url`"
    )


def _judge_refused(shown: str, chain: tuple[Any, ...]) -> Finding:
    failure = classify(chain, otherwise="origin-unreachable")
    if failure.verify_code is None:
        return warning(
            failure.cause,
            f"inconclusive: with the public roots alone `{shown}` failed for another reason: "
            f"{failure.detail}",
        )
    return Finding(f"with the public roots alone `{shown}` is refused, as it must be: {failure.detail}")
