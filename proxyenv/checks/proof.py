"""The documents: which are fetched, what each proves, and whether every route is proven.

Where the user names no document, those that matter to this user stand for one another: the Prefect API, the
package index, and the public one. One of them is enough for a route. A page over ``https://`` decides, since
that is what flows need; one over ``http://`` counts where it was named, or where it has a proxy of its own.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.checks.answer import PORTAL_HINT, Author, Circumstances, HTTPAnswer, Way, find_author, show_way
from proxyenv.checks.control import ask_for, name_nobody
from proxyenv.checks.document import judge_document, read_evidence
from proxyenv.checks.fetch import Asked, judge_fetch, run_fetches
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.checks.lane import Running
from proxyenv.checks.proxy import find_route
from proxyenv.checks.tls import public_roots, roots
from proxyenv.model.subject import Origin, parse_origin

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.report import Outcome
    from proxyenv.model.subject import Subject

_PORTALS: Final = frozenset({"ca-missing", "ca-wrong", "certificate-expired", "host-name-mismatch"})
_CONTROL: Final = 5.0
"""Seconds for one step of a control request."""
TRUST: Final = frozenset(
    {"ca-missing", "ca-wrong", "ca-rejected", "certificate-expired", "host-name-mismatch", "bundle-missing"}
    | {"captive-portal", "control-passed", "environment-refused", "not-proxied"}
    | {"proxy-credentials-wanted", "proxy-credentials-refused", "proxy-certificate"}
)
"""The causes that concern every document, so that no other stands for one that has them."""


def is_proven(finding: Finding) -> bool:
    """Whether a document proves its route."""
    return finding.status == "ok" or finding.cause == "slow-answer"


class Fetched(NamedTuple):
    """A document that was fetched.

    Args:
        url: of it.
        finding: what it proves.
        elapsed: seconds.
    """

    url: str
    finding: Finding
    elapsed: float


class Fetches(NamedTuple):
    """What came of all documents.

    Args:
        fetched: one for each.
        nobody: what the way to the API answers for a name that cannot exist; ``None`` if that is unknown.
        controls: URL → the record of a fetch without the corporate CA.
    """

    fetched: tuple[Fetched, ...] = ()
    nobody: HTTPAnswer | None = None
    controls: Mapping[str, Record] = MappingProxyType({})


class _Controls(NamedTuple):
    nobody: Mapping[tuple[str, ProxyURL | None], HTTPAnswer | None]
    elsewhere: Mapping[Origin, HTTPAnswer | None]


def find_documents(subject: Subject) -> tuple[str, ...]:
    """The URLs to fetch: those that were named, or else those that go through the proxy where some do."""
    proxied = tuple(
        url for url in subject.urls if url not in subject.forms or not find_route(subject, url).bypass
    )
    return proxied or subject.urls


def fetch_controls(subject: Subject, urls: Collection[str]) -> Fetches:
    """Fetch documents without the corporate CA, which must fail where the proxy intercepts."""
    records = run_fetches(subject, (Asked(url, url, public_roots(subject)) for url in urls))
    return Fetches(controls=records)


def fetch_documents(
    subject: Subject,
    urls: Collection[str],
    *,
    intercepted: Mapping[Origin, bool | None],
    token: str,
    controls: Collection[str] = (),
) -> Fetches:
    """Fetch each document twice, and what it is compared with, all at once.

    Args:
        subject: whose environment.
        urls: of the documents.
        intercepted: whether the proxy reads the TLS of an origin, as far as that is known.
        token: what nobody could guess.
        controls: those that are fetched without the corporate CA too.
    """
    asked = [each for url in urls for each in (Asked(url, url), Asked(f"again {url}", mark(url, token)))]
    asked += [Asked(f"control {url}", url, public_roots(subject)) for url in controls]
    comparing = Running(partial(_ask_controls, subject, urls, token))
    records = run_fetches(subject, asked)
    nobody, elsewhere = comparing.wait()
    found = []
    for url in urls:
        origin = parse_origin(url)
        way = find_way(subject, url, intercepted.get(origin))
        unknown = nobody.get(_route(subject, url))
        record, again = records[url], records[f"again {url}"]
        seen = Circumstances(way, unknown, url)
        finding = judge_fetch(subject, url, record, seen)
        if finding.cause == "origin-status" and _wants_key(subject, url, record):
            finding = Finding(f"{finding.detail}; `prefect-api` asks with your credentials", "skipped")
        elif finding.status != "failed":
            finding = _judge_content(subject, finding, record, again, seen, elsewhere.get(origin), token)
        found.append(Fetched(url, finding, record.get("elapsed", 0.0)))
    return Fetches(
        tuple(found),
        nobody.get(_route(subject, subject.api_url)) if subject.api_url else None,
        {url: records[f"control {url}"] for url in controls},
    )


def _judge_content(  # noqa: PLR0913, PLR0917 - what one document is judged by
    subject: Subject,
    routed: Finding,
    record: Record,
    again: Record,
    seen: Circumstances,
    elsewhere: HTTPAnswer | None,
    token: str,
) -> Finding:
    """What the content proves; a weaker finding about the route stays."""
    evidence = read_evidence(
        seen.url, record, again, token=token, way=seen.way, elsewhere=elsewhere, nobody=seen.control
    )
    finding = judge_document(evidence, form=subject.forms.get(seen.url, ""))
    detail = f"{finding.detail}, {routed.detail}"
    if finding.status == "ok":
        return Finding(detail, routed.status, routed.cause, routed.hint)
    return replace(finding, detail=detail)


def _wants_key(subject: Subject, url: str, record: Record) -> bool:
    """Whether it is an API that shows its health to nobody without a key, as Prefect Cloud does."""
    return subject.forms.get(url) == "api" and record["answer"]["status"] in {401, 403, 404}


def mark(url: str, token: str) -> str:
    """*url* with something unguessable in its query."""
    head = url.partition("#")[0]
    return f"{head}{'&' if '?' in head else '?'}proxyenv={token}"


def find_way(subject: Subject, url: str, intercepted: bool | None) -> Way:  # noqa: FBT001 - three values
    """Who could have written the answer for *url*."""
    proxy = find_route(subject, url).proxy
    if parse_origin(url).scheme == "http":
        return Way.READ if proxy else Way.DIRECT
    if intercepted is None:
        return Way.UNKNOWN if proxy else Way.DIRECT
    return Way.READ if intercepted else Way.SEALED


def _ask_controls(subject: Subject, urls: Collection[str], token: str) -> _Controls:
    routes = {_route(subject, url) for url in (*urls, *filter(None, (subject.api_url,)))}
    origins = {parse_origin(url): find_route(subject, url).proxy for url in urls}
    path, timeout = f"/{token}", min(subject.timeout, _CONTROL)
    anchors = roots(subject)

    def ask(origin: Origin, proxy: ProxyURL | None) -> HTTPAnswer | None:
        return ask_for(origin, path, proxy=proxy, roots=anchors, timeout=timeout)

    with ThreadPoolExecutor(4) as pool:
        nobody = {route: pool.submit(ask, name_nobody(route[0], token), route[1]) for route in routes}
        elsewhere = {origin: pool.submit(ask, origin, proxy) for origin, proxy in origins.items()}
        return _Controls(
            {route: answer.result() for route, answer in nobody.items()},
            {origin: answer.result() for origin, answer in elsewhere.items()},
        )


def settle(subject: Subject, fetched: Iterable[Fetched]) -> tuple[Fetched, ...]:
    """The findings, where a document that was not named only warns if another stands for it."""
    documents = tuple(fetched)
    secure = {subject.https_proxy} if subject.https_proxy else set()
    proven = {_route(subject, each.url) for each in documents if is_proven(each.finding)}
    return tuple(
        each._replace(finding=_soften(each.finding)) if _is_replaced(subject, each, proven, secure) else each
        for each in documents
    )


def _is_replaced(
    subject: Subject, document: Fetched, proven: Collection[object], secure: Collection[ProxyURL]
) -> bool:
    """Whether the failure of a document does not matter."""
    finding, url = document.finding, document.url
    if finding.status != "failed" or url not in subject.forms or finding.cause in TRUST:
        return False
    scheme, proxy = _route(subject, url)
    return (scheme, proxy) in proven or (scheme == "http" and proxy in secure)


def _route(subject: Subject, url: str) -> tuple[str, ProxyURL | None]:
    return parse_origin(url).scheme, find_route(subject, url).proxy


def _soften(finding: Finding) -> Finding:
    return replace(finding, status="warning")


def judge_proof(subject: Subject, fetched: Iterable[Fetched]) -> Finding | None:
    """What is missing although nothing failed: a route that no document proves; ``None`` if all are."""
    documents = tuple(fetched)
    if not subject.proxies or not documents:
        return None
    proven = {_route(subject, each.url) for each in documents if is_proven(each.finding)}
    through = {(scheme, proxy) for scheme, proxy in proven if proxy is not None}
    hint = "name a document that goes through the proxy: `--url URL`"
    if not through:
        detail = "no document was fetched through the proxy; see the warnings above"
        return failed("unproven", detail, hint)
    wanted = {("https", subject.https_proxy)} if subject.https_proxy else set()
    if subject.http_proxy and subject.http_proxy != subject.https_proxy:
        wanted.add(("http", subject.http_proxy))
    missing = sorted(f"`{scheme}://`" for scheme, _ in wanted - through)
    if not missing:
        return None
    detail = f"no document shows that {' and '.join(missing)} works through its proxy"
    asked = {_route(subject, each.url)[0] for each in documents}
    if {"https", "http"} <= asked:
        return failed("unproven", detail, hint)
    return warning("unproven", detail, hint)


def soften_tls(subject: Subject, fetched: Iterable[Fetched], outcome: Outcome) -> Outcome:
    """*outcome*, which only warns if it is of the check ``tls`` and no document of that origin matters."""
    if not outcome.check.startswith("tls ") or outcome.status != "failed" or outcome.cause in TRUST:
        return outcome
    proven = {_route(subject, each.url) for each in fetched if is_proven(each.finding)}
    urls = [url for url in subject.urls if outcome.check == f"tls [{parse_origin(url)}]"]
    if subject.api_url and outcome.check == f"tls [{parse_origin(subject.api_url)}]":
        return outcome
    replaced = urls and all(url in subject.forms and _route(subject, url) in proven for url in urls)
    return outcome._replace(status="warning") if replaced else outcome


def explain_portal(subject: Subject, origin: Origin, finding: Finding, token: str) -> Finding:
    """*finding* about a certificate, or that a portal answers in place of *origin*.

    A portal shows a certificate of its own, which nobody is to trust. Over plain HTTP it gives itself away:
    it has the same answer for every name.
    """
    if finding.cause not in _PORTALS:
        return finding
    nobody, plain = name_nobody("http", token), Origin("http", origin.host, 80)
    proxy = find_route(subject, f"http://{plain.authority}/").proxy
    answers = [
        ask_for(each, f"/{token}", proxy=proxy, roots=roots(subject), timeout=min(subject.timeout, _CONTROL))
        for each in (nobody, plain)
    ]
    if answers[1] is None:
        return finding
    seen = Circumstances(Way.READ if proxy else Way.DIRECT, answers[0], f"http://{plain.host}/{token}")
    author, why = find_author(answers[1], seen)
    if author is not Author.PORTAL:
        return finding
    portal = f"a portal{show_way(answers[1])}"
    detail = f"{finding.detail}; over `http://` {portal} answers for `{origin.host}`: {why}"
    return failed("captive-portal", detail, PORTAL_HINT)
