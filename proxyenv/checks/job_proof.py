"""What the record of a job proves: the causes, found where it is read.

The job only looked. Whatever is judged here is judged by what the job said of its own network: no name is
resolved and nothing is connected to from this machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.checks.answer import Circumstances, HTTPAnswer, Way
from proxyenv.checks.document import judge_document, read_evidence
from proxyenv.checks.failure import classify, parse_chain, parse_facts
from proxyenv.checks.fetch import judge_fetch, judge_without_ca
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.checks.prefect_api import judge_versions
from proxyenv.checks.proof import TRUST, is_proven
from proxyenv.checks.proxy import find_route
from proxyenv.errors import ProxyenvError
from proxyenv.model.proxy_url import find_proxy_url
from proxyenv.model.report import Outcome
from proxyenv.model.subject import Subject, parse_origin, show_url
from proxyenv.no_proxy.entries import split_entries

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.checks.interpreter import Record
    from proxyenv.model.proxy_url import ProxyURL

_ROOTS: Final = frozenset({"ca-missing", "ca-wrong", "ca-without-root", "bundle-missing"})
_DIGEST: Final = 12
_UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""What reading raises where a key or a value is not what a job writes."""


class ExpectedJob(NamedTuple):
    """What a job is expected to have.

    Args:
        cure: the next step where its proxy or its roots are wrong.
        proxies: that it should use, by ``http`` and ``https``; what is not named may be any.
        anchors: SHA-256 of each corporate CA → its subject.
    """

    cure: str
    proxies: Mapping[str, ProxyURL]
    anchors: Mapping[str, str]


def judge_job(record: Record, expected: ExpectedJob) -> tuple[Outcome, ...]:
    """Everything that a job proves, in the order of the checks of ``proxyenv check``.

    A record that cannot be read is a failure of that worker; whoever may write at the API can have written
    it. The others are still judged.

    Args:
        record: what the job said of itself.
        expected: what it should have.
    """
    try:
        return _judge_record(record, expected)
    except (ProxyenvError, *_UNREADABLE) as error:
        detail = f"its result cannot be read: {type(error).__name__}"
        return (Outcome("job", "failed", "job-failed", detail),)


def _judge_record(record: Record, expected: ExpectedJob) -> tuple[Outcome, ...]:
    subject = _describe_subject(record)
    documents = tuple(_judge_documents(subject, record))
    trusts = not any(each.cause in TRUST for each in documents)
    outcomes = [
        _describe_python(record),
        *_judge_roots(record, expected, trusts=trusts),
        *_judge_proxies(subject, record, expected),
        *documents,
        *_judge_controls(subject, record),
        *_judge_prefect(subject, record),
        *_judge_git(record),
    ]
    return tuple(_with_cure(each, expected.cure) for each in outcomes)


def _describe_subject(record: Record) -> Subject:
    """The process of the job, as the judges of a process here want it."""
    proxies = {scheme: _find_masked_proxy(record["proxies"].get(scheme, "")) for scheme in ("http", "https")}
    return Subject(
        python=record["executable"],
        environment=record["variables"],
        directory=Path(record["directory"]),
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=split_entries(record["proxies"].get("no", "")),
        bundle=Path(record["roots"]["httpx"]["path"]),
        profile="",
        api_url=record["api_url"] or None,
        urls=tuple(each["url"] for each in record["documents"]),
        version=record["python"],
    )


def _find_masked_proxy(text: str) -> ProxyURL | None:
    """The proxy that a record names; its credentials are masked, and a mask is refused where one is typed."""
    scheme, separator, rest = text.rpartition("://")
    return find_proxy_url(f"{scheme}{separator}{rest.rpartition('@')[2]}")


def _outcome(check: str, finding: Finding, elapsed: float = 0.0) -> Outcome:
    return Outcome(check, finding.status, finding.cause, finding.detail, finding.hint, elapsed)


def _with_cure(outcome: Outcome, cure: str) -> Outcome:
    """With the next step that fits a job: the usual one is for the machine where it is typed."""
    if outcome.status == "ok" or (outcome.hint and "`proxyenv" not in outcome.hint):
        return outcome
    if outcome.cause in _ROOTS | {"job-other-proxy"} or "`proxyenv" in (outcome.hint or ""):
        return outcome._replace(hint=cure)
    return outcome


def _describe_python(record: Record) -> Outcome:
    strict = ", which is strict about CAs" if record["strict"] else ""
    place = {"host": "on", "container": "in a container on", "kubernetes": "in the pod"}[record["place"]]
    detail = (
        f"`{record['executable']}` is Python {record['python']}{strict}, with Prefect {record['prefect']}, "
        f"run by {record['user']} {place} `{record['host']}` in `{record['directory']}`"
    )
    return Outcome("python", "ok", None, detail)


def _judge_roots(record: Record, expected: ExpectedJob, *, trusts: bool) -> Iterator[Outcome]:
    """The files of roots: there, readable, and with every corporate CA."""
    for client in ("httpx", "prefect"):
        found = record["roots"][client]
        check = f"roots [{client}]"
        if "error" in found:
            failure = classify(parse_chain(found["error"]), otherwise="bundle-missing")
            yield _outcome(check, failed("bundle-missing", f"`{found['path']}`: {failure.detail}"))
            continue
        seen = f"`{found['path']}` has {found['count']} CAs, SHA-256 {found['digest'][:_DIGEST]}…"
        lacking = [f"`{expected.anchors.get(each, each[:_DIGEST])}`" for each in found["lacks"]]
        if lacking and not record["truststore"]:
            detail = f"{seen}, and lacks {' and '.join(lacking)}"
            yield _outcome(check, (warning if trusts else failed)("ca-missing", detail))
        else:
            also = ", each corporate CA among them" if expected.anchors else ""
            yield _outcome(check, Finding(f"{seen}{also}"))


def _judge_proxies(subject: Subject, record: Record, expected: ExpectedJob) -> Iterator[Outcome]:
    """Whether the job has the proxy that it should have."""
    for scheme, wanted in expected.proxies.items():
        said = record["proxies"].get(scheme)
        proxy = subject.https_proxy if scheme == "https" else subject.http_proxy
        check = f"proxy [{scheme}://]"
        if proxy is not None and (proxy.host, proxy.port) == (wanted.host, wanted.port):
            yield _outcome(check, Finding(f"`{proxy.scheme}://{proxy.authority}`"))
            continue
        has = f"the proxy `{proxy.scheme}://{proxy.authority}`" if proxy else "no proxy"
        if said and proxy is None:
            has = f"`{said}`, which is no proxy"
        detail = f"the job has {has} for `{scheme}://`, and not `{wanted.authority}`"
        yield Outcome(check, "warning", cause="job-other-proxy", detail=detail)


def _judge_documents(subject: Subject, record: Record) -> Iterator[Outcome]:
    """Each document; one that nobody named only warns where another came."""
    judged = [(each, _judge_document(subject, record, each)) for each in record["documents"]]
    proven = any(is_proven(finding) for each, finding in judged if each["form"] != "api")
    for each, finding in judged:
        replaced = not record["named"] and proven and finding.cause not in TRUST
        if finding.status == "failed" and replaced:
            finding = Finding(finding.detail, "warning", finding.cause, finding.hint)  # noqa: PLW2901 - weaker
        yield _outcome(f"fetch [{show_url(each['url'])}]", finding, each["first"].get("elapsed", 0.0))


def _judge_document(subject: Subject, record: Record, document: Record) -> Finding:
    url, first = document["url"], document["first"]
    seen = Circumstances(_find_way(subject, document), _read_answer(document.get("nobody", {})), url)
    addresses = frozenset(record["addresses"].get(parse_origin(url).scheme, ()))
    routed = judge_fetch(subject, url, first, seen, addresses=addresses)
    if routed.cause == "origin-status" and document["form"] == "api":
        return Finding(f"{routed.detail}; `prefect-api` asks with the job's credentials", "skipped")
    if routed.status == "failed":
        return routed
    evidence = read_evidence(
        url,
        first,
        document["again"],
        token=record["token"],
        way=seen.way,
        elsewhere=_read_answer(document["elsewhere"]),
        nobody=seen.control,
    )
    content = judge_document(evidence, form=document["form"])
    detail = f"{content.detail}, {routed.detail}"
    weaker = routed if content.status == "ok" else content
    return Finding(detail, weaker.status, weaker.cause, weaker.hint)


def _read_answer(record: Record) -> HTTPAnswer | None:
    return parse_facts(record["answer"]) if "answer" in record else None


def _find_way(subject: Subject, document: Record) -> Way:
    """Who could have written the answer: the fetch without the CA shows whether TLS is read."""
    if find_route(subject, document["url"]).proxy is None:
        return Way.DIRECT
    if parse_origin(document["url"]).scheme == "http":
        return Way.READ
    control = document.get("control", {})
    if "error" not in control:
        return Way.SEALED
    refused = classify(parse_chain(control["error"]), otherwise="origin-unreachable").verify_code is not None
    return Way.READ if refused else Way.UNKNOWN


def _judge_controls(subject: Subject, record: Record) -> Iterator[Outcome]:
    """What must fail without the corporate CA, one document of each origin."""
    done = set[object]()
    for each in record["documents"]:
        origin = parse_origin(each["url"])
        if "control" not in each or origin in done or find_route(subject, each["url"]).proxy is None:
            continue
        done.add(origin)
        check = f"negative-control [certifi alone, {origin}]"
        holds = [anchor for anchor in record["anchors"] if anchor not in record["roots"]["public"]["lacks"]]
        if holds:
            detail = "certifi there holds the corporate CA itself, so none can be left out"
            yield _outcome(check, Finding(detail, "skipped"))
            continue
        yield _outcome(check, judge_without_ca(each["url"], each["control"], intercepted=False))


def _judge_prefect(subject: Subject, record: Record) -> Iterator[Outcome]:
    """REST, the websocket, and the task runs."""
    api = show_url(subject.api_url or "")
    if record["api"] is not None:
        yield _outcome("prefect-api", _judge_api(api, record["api"]), record["api"]["elapsed"])
    if record["websocket"] is not None:
        finding = Finding(f"the websocket to `{parse_origin(api).authority}` opens")
        if "error" in record["websocket"]:
            failure = classify(parse_chain(record["websocket"]["error"]), otherwise="websocket-failed")
            finding = failed(failure.cause, f"the websocket to `{api}` does not open: {failure.detail}")
        yield _outcome("prefect-websocket", finding, record["websocket"]["elapsed"])
    runs = record["task_runs"]
    kept = runs.get("states", []).count("Completed")
    if kept >= runs["wanted"]:
        finding = Finding(f"{kept} of {runs['wanted']} task runs read back from the API")
    else:
        detail = f"the API knows only {kept} of the {runs['wanted']} task runs"
        hint = "task runs are sent by websocket: fix `prefect-websocket` first"
        finding = failed("flow-lost-task-runs", detail, hint)
    yield _outcome("prefect-flow", finding, runs["elapsed"])


def _judge_api(api: str, record: Record) -> Finding:
    if "error" in record:
        failure = classify(parse_chain(record["error"]), otherwise="api-unreachable")
        return failed(failure.cause, f"`{api}`: {failure.detail}")
    version = f"Prefect {record['version']}" if record.get("version") else "Prefect Cloud"
    return judge_versions(Finding(f"`{api}` is {version}"), record)


def _judge_git(record: Record) -> Iterator[Outcome]:
    """The remotes that the code of a deployment comes from."""
    for remote, found in record["git"].items():
        check = f"git [{show_url(remote)}]"
        if "skipped" in found:
            yield _outcome(check, Finding(found["skipped"], "skipped"))
        elif "answer" in found:
            detail = f"there is no git; its server answers {found['answer']['status']}"
            yield _outcome(check, Finding(detail), found["elapsed"])
        elif found.get("status") == 0:
            yield _outcome(check, Finding("`git ls-remote` lists it"), found["elapsed"])
        else:
            said = found.get("said") or _tell(found)
            detail = f"`git ls-remote` fails: {said}"
            yield Outcome(check, "failed", cause="job-git-failed", detail=detail, elapsed=found["elapsed"])


def _tell(record: Record) -> str:
    chain = parse_chain(record.get("error", ()))
    return chain[-1].text if chain else "it says nothing"
