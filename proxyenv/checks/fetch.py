"""The check ``fetch`` and the control without the corporate CA: httpx in a fresh interpreter.

A successful fetch proves nothing about the proxy. What counts is the address that the client connected to,
with TLS who issued the certificate, and that the document is the server's and new: see
:mod:`proxyenv.checks.document`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.answer import (
    PORTAL_HINT,
    SQUID,
    Author,
    Circumstances,
    HTTPAnswer,
    find_author,
    find_cause_of_answer,
    hint_for_refusal,
    show_way,
)
from proxyenv.checks.channel import name_of
from proxyenv.checks.document import OTHERWISE
from proxyenv.checks.failure import classify, parse_chain, parse_facts
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.checks.interpreter import Interpreter
from proxyenv.checks.proxy import (
    explain_bypass,
    find_actual,
    find_addresses,
    find_refused_entry,
    find_route,
)
from proxyenv.checks.tunnel import HTTP2_HINT, ask_for_connect, hint_for_handshake, judge_credentials
from proxyenv.checks.verification import hint_for
from proxyenv.model.route import RouteKind
from proxyenv.model.subject import parse_origin, show_url
from proxyenv.model.url import join_authority

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Subject

_MODULE = "proxyenv.checks.child.fetch"
_START = 30.0
_LONGEST: Final = 1 << 20
_REDIRECTED: Final = "open it in a browser: name the final URL with `--url`, or log in if it is a log-in page"
_ANYBODY: Final = "check the URL; a proxy that refuses a page may also answer like this"
_CREDENTIALS: Final = "check user and password of the proxy: `proxyenv setup --proxy USER@HOST:PORT`"
_DENIED_PAGE: Final = "ask IT to allow the page at the proxy, or name another one with `--url`"


class Asked(NamedTuple):
    """A URL to fetch.

    Args:
        key: names the record of it.
        url: ``http://`` or ``https://``.
        cafile: verify against this file instead of the one in the environment.
    """

    key: str
    url: str
    cafile: Path | None = None


def limits_for(subject: Subject) -> Mapping[str, float]:
    """What a document may take, as the child wants it: in the check of it, and in the flow."""
    return {"step": subject.timeout, "document": 3 * subject.timeout, "bytes": _LONGEST}


def run_fetches(subject: Subject, asked: Iterable[Asked]) -> dict[str, Record]:
    """Fetch URLs in a fresh interpreter, some at once.

    Returns:
        A record for each, by its key.
    """
    fetches = [{"key": a.key, "url": a.url, "cafile": str(a.cafile) if a.cafile else None} for a in asked]
    if not fetches:
        return {}
    limits = limits_for(subject)
    records: dict[str, Record] = {}
    job = {"fetches": fetches, "limits": limits, "plugin": subject.runtime.plugin}
    with Interpreter(_MODULE, job, subject=subject) as interpreter:
        try:
            for record in interpreter.records(limit=_START + limits["document"] + limits["step"]):
                if record["event"] == "fetched":
                    records[record["key"]] = record
            trouble = {"type": "interpreter.Died", "text": " ".join(interpreter.complaints[-1:])}
        except TimeoutError as error:
            trouble = {"type": "builtins.TimeoutError", "text": str(error)}
    missing: Record = {"error": [trouble]}
    return {**{str(fetch["key"]): missing for fetch in fetches}, **records}


def judge_fetch(
    subject: Subject,
    url: str,
    record: Record,
    seen: Circumstances,
    *,
    addresses: Collection[str] | None = None,
) -> Finding:
    """What a fetch proves about the route, and what an error means.

    Args:
        subject: whose environment it had.
        url: the URL.
        record: what the fresh interpreter reported.
        seen: what is known beside the answer.
        addresses: of its proxy; ``None``: as this machine resolves it.

    Returns:
        ``ok`` if there is a document, and it came by the right way.
    """
    if "error" in record:
        return _judge_error(subject, url, record)
    routed = _judge_route(subject, url, record, addresses)
    if routed.status == "failed":
        return routed
    answer = parse_facts(record["answer"])
    if answer.status >= 300:  # noqa: PLR2004 - httpx does not follow redirects unless told to
        return _judge_status(subject, answer, seen)
    return routed


def _judge_error(subject: Subject, url: str, record: Record) -> Finding:
    chain = parse_chain(record["error"])
    failure = classify(chain, otherwise="origin-unreachable")
    store, host = subject.runtime.truststore, parse_origin(url).host
    hint = hint_for(failure.cause, None, subject.bundle, store=store, host=host)
    if failure.cause == "environment-refused":
        return judge_refused_environment(subject, url, failure.detail)
    hint = hint or _hint_for_error(subject, url, failure.cause)
    found = explain_bypass(subject, url, failed(failure.cause, failure.detail, hint))
    proxy = find_route(subject, url).proxy
    if found.cause == "origin-unreachable" and proxy and any(link.name == "gaierror" for link in chain):
        detail = (
            f"{failure.detail}; so the client in `{subject.python}` looked the name up itself, and did not "
            f"ask the proxy `{proxy.authority}`"
        )
        return failed("not-proxied", *_explain_way(subject, url, detail))
    return found


def _hint_for_error(subject: Subject, url: str, cause: str) -> str | None:
    """The next step where there is no answer and no certificate to blame; ``None`` for other causes."""
    origin = parse_origin(url)
    named = subject.environment.get("SSL_CERT_FILE")
    hints = {
        "origin-unreachable": f"check `{origin.authority}`: does it answer, and is the name right?",
        "timeout": f"check `{origin.authority}`: does it answer in a browser? Or {OTHERWISE}",
        "origin-protocol": f"open `{show_url(url)}` in a browser, and show IT what this says",
        "bundle-missing": "`proxyenv refresh` writes it again"
        if named == str(subject.bundle)
        else "unset SSL_CERT_FILE, which names another file than was set up",
        "tls-failed": hint_for_handshake(origin),
        "proxy-denied": ask_for_connect(origin) if origin.scheme == "https" else _DENIED_PAGE,
        "proxy-gateway": hint_for_refusal(HTTPAnswer(502), origin),
        "proxy-answer": f"show IT what the proxy answers for `{origin.authority}`",
        "proxy-credentials-refused": _CREDENTIALS,
        "proxy-speaks-http2": HTTP2_HINT,
        "captive-portal": PORTAL_HINT,
    }
    return hints.get(cause)


def judge_refused_environment(subject: Subject, url: str, detail: str) -> Finding:
    """Httpx cannot be used with these variables: which entry is it?"""
    entry = find_refused_entry(subject, url)
    if entry is None:
        hint = f"`proxyenv routes {parse_origin(url).host} --explain` shows what httpx makes of the variables"
        return failed("environment-refused", f"httpx cannot be used with these variables: {detail}", hint)
    seen = f"NO_PROXY has `{entry}`, with which every httpx client fails: {detail}"
    return failed(
        "environment-refused", seen, f"remove `{entry}` from NO_PROXY; `proxyenv setup` writes none"
    )


def _judge_route(subject: Subject, url: str, record: Record, addresses: Collection[str] | None) -> Finding:
    route = find_route(subject, url)
    host, port = record["peer"]
    where = join_authority(host, port)
    secure = url.lower().startswith("https:") and record["issuer"]  # else it is the proxy's own certificate
    issuer = f", certificate issued by `{name_of(record['issuer'])}`" if secure else ""
    if route.proxy:
        known = find_addresses(route.proxy) if addresses is None else addresses
        if port == route.proxy.port and host in known:
            return Finding(f"the client connected to {where}, the proxy{issuer}")
        detail = f"the client connected to {where}, which is not the proxy `{route.proxy.authority}`{issuer}"
        return failed("not-proxied", *_explain_way(subject, url, detail))
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


def _explain_way(subject: Subject, url: str, detail: str) -> tuple[str, str]:
    """Why the client went elsewhere, and the next step: its environment says so, or some code does."""
    actual = find_actual(subject, url)
    if actual.entry is not None:
        return f"{detail}: {actual.reason} of its environment", f"remove `{actual.entry}` from NO_PROXY"
    if actual.kind is RouteKind.DIRECT:
        return (
            f"{detail}: {actual.reason}",
            "`proxyenv refresh` writes the variables again; then open a new shell",
        )
    return detail, "look for code that sets its own proxy, such as a `sitecustomize` module"


def _judge_status(subject: Subject, answer: HTTPAnswer, seen: Circumstances) -> Finding:
    said = f"`{show_url(seen.url)}` answers `{answer}`"
    author, why = find_author(answer, seen)
    if author is Author.PROXY and answer.status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        proxy = find_route(subject, seen.url).proxy
        return judge_credentials(answer, proxy, said) if proxy else failed("proxy-credentials-wanted", said)
    cause = find_cause_of_answer(answer, author, otherwise="origin-status")
    via = f" (via {answer.headers['via']})" if "via" in answer.headers else ""
    if author is Author.PORTAL:
        return failed(cause, f"{said}, from a portal{show_way(answer)}: {why}", PORTAL_HINT)
    if author is Author.PROXY:
        hint = hint_for_refusal(answer, parse_origin(seen.url)) or _DENIED_PAGE
        whose = "" if SQUID in answer.headers else ", from the proxy"
        return failed(cause, f"{said}{whose}: {why}{via}", hint)
    if answer.leads_to or answer.headers.get("location"):
        where = show_url(answer.headers["location"])
        return failed(cause, f"{said} and redirects to `{where}`{via}", _REDIRECTED)
    whose = f", from {author.value}" if author is not Author.UNKNOWN else ""
    hint = "check the URL" if author is not Author.UNKNOWN else _ANYBODY
    return failed(cause, f"{said}{whose}{via}", hint)


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
