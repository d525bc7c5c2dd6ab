"""The check ``prefect-api``: what a REST request of Prefect's own client to the API proves."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.checks.answer import (
    PORTAL_HINT,
    Author,
    Circumstances,
    HTTPAnswer,
    find_author,
    find_cause_of_answer,
    hint_for_refusal,
)
from proxyenv.checks.document import describe_content
from proxyenv.checks.failure import Failure, classify, parse_chain, parse_facts
from proxyenv.checks.fetch import judge_refused_environment
from proxyenv.checks.finding import Finding, failed, warning
from proxyenv.checks.proxy import find_route, judge_way
from proxyenv.checks.tls import find_refusal
from proxyenv.checks.tunnel import ask_for_connect, way_around
from proxyenv.checks.verification import hint_for
from proxyenv.model.subject import parse_origin, show_url

if TYPE_CHECKING:
    from proxyenv.checks.interpreter import Record
    from proxyenv.model.subject import Origin, Subject

_ODD_VERSION: Final = "does something answer in the API's place? open it in a browser"
_CLOUD: Final = "Prefect Cloud"
_GATEWAY: Final = HTTPAnswer(502)


def judge_api(subject: Subject, record: Record, seen: Circumstances) -> Finding:
    """What a REST request to the API proves."""
    api = show_url(subject.api_url or "")
    if "error" in record:
        failure = classify(parse_chain(record["error"]), otherwise="api-unreachable", seen=seen)
        refused = explain_refusal(subject, failure)
        if refused:
            return refused
        last = parse_facts(record["answer"]) if record.get("answer") else None
        if failure.cause == "api-unreachable" and last is not None:
            return _judge_no_api(subject, last, seen)
        if failure.cause == "environment-refused":
            return judge_refused_environment(subject, subject.api_url or "", failure.detail)
        return failed(failure.cause, f"`{api}`: {failure.detail}", _api_hint(subject, failure))
    version = f"Prefect {_show_version(subject, record['version'])}" if record.get("version") else _CLOUD
    found = judge_way(
        find_route(subject, subject.api_url or "").proxy, record["peers"], f"`{api}` is {version}"
    )
    return found if found.status == "failed" else judge_versions(found, record)


def _judge_no_api(subject: Subject, answer: HTTPAnswer, seen: Circumstances) -> Finding:
    """What it means that Prefect's client cannot read an answer, though its status is no error."""
    said = f"`{show_url(subject.api_url or '')}` answers {describe_content(answer)}"
    author, why = find_author(answer, seen)
    cause = find_cause_of_answer(answer, author, otherwise="api-not-prefect")
    if author in {Author.PROXY, Author.PORTAL}:
        return failed(cause, f"{said}, from {author.value}: {why}", _hint_for_answer(cause, answer, subject))
    detail = f"{said}, which is no answer of Prefect"
    if answer.moved and answer.leads_to != parse_origin(subject.api_url or "").host:
        return failed(cause, f"{detail}; it was redirected to `{answer.leads_to}`", _hint_for_move(answer))
    return failed(cause, detail, f"is it the page of the server and not its API? {_lacks_path(subject)}")


def _hint_for_answer(cause: str, answer: HTTPAnswer, subject: Subject) -> str:
    if cause == "captive-portal":
        return PORTAL_HINT
    origin = parse_origin(subject.api_url or "")
    asked = hint_for_refusal(answer, origin) or f"ask IT to allow `{origin.authority}` at the proxy"
    return f"{asked}; {way_around(origin)}"


def _lacks_path(subject: Subject) -> str:
    url = (subject.api_url or "").rstrip("/")
    lacks = not urlsplit(url).path.strip("/")
    return f"does the URL lack its path? `--api-url {show_url(url)}/api`" if lacks else "open it in a browser"


def judge_versions(found: Finding, record: Record) -> Finding:
    """Whether the server's version goes with the client's; a newer server does (Prefect's own rule)."""
    server, client = (parse_version(record.get(key) or "") for key in ("version", "client"))
    if not record.get("version"):
        return found  # Prefect Cloud
    if not server or not client:
        return failed("api-not-prefect", f"{found.detail}, which is no version", _ODD_VERSION)
    detail = f"{found.detail}, and the client is Prefect {record['client']}"
    if server[0] != client[0]:
        hint = (
            f"upgrade the server to Prefect {client[0]}, or install what fits it here: "
            f"`pip install 'prefect=={server[0]}.*'`"
        )
        return failed("server-version", f"{detail}: the first numbers must be the same", hint)
    if server[:2] < client[:2]:
        hint = (
            f"upgrade the server to Prefect {record['client']} or later, or install what fits it here: "
            f"`pip install 'prefect=={record['version']}'`"
        )
        return warning("server-version", f"{detail}: the server must not be older than the client", hint)
    return found


def _show_version(subject: Subject, text: str) -> str:
    """What the server calls its version; text that is none may repeat a secret."""
    return text if re.fullmatch(r"[0-9]+(?:\.[0-9a-z+]+)*", text) else subject.mask(text)


def parse_version(text: str) -> tuple[int, ...]:
    """The numbers at the beginning of a version, such as ``(3, 8, 8)``; empty if there is none."""
    found = re.match(r"\d{1,9}(?:\.\d{1,9}){0,3}", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def _api_hint(subject: Subject, failure: Failure) -> str | None:  # noqa: PLR0911 - a table with conditions
    origin = parse_origin(subject.api_url or "")
    proxy = find_route(subject, subject.api_url or "").proxy
    answer = failure.link.answer if failure.link else None
    if failure.cause == "captive-portal":
        return PORTAL_HINT
    if answer is not None and answer.moved and answer.leads_to != origin.host:
        return _hint_for_move(answer)
    if failure.cause == "api-unauthorized":
        key = "check `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` of the profile"
        if proxy is None or failure.author is not Author.UNKNOWN:
            return key
        return f"{key}, or ask whether `{proxy.authority}` lets `{origin.authority}` through"
    if failure.cause == "api-status":
        return _lacks_path(subject)
    if failure.cause in {"api-unreachable", "timeout"} and proxy is None:
        return f"is the server running at `{origin.authority}`, and can it be reached without the proxy?"
    if failure.cause in {"api-unreachable", "timeout"}:
        return f"is the server running at `{origin.authority}`? {way_around(origin)}"
    if failure.cause == "proxy-denied" and proxy is not None:
        asked = f"ask IT to allow `{origin.authority}` at `{proxy.authority}`"
        asked = ask_for_connect(origin, proxy) if origin.scheme == "https" else asked
        return f"{asked}; {way_around(origin)}"
    if failure.cause == "proxy-gateway" and proxy is not None:
        return f"{hint_for_gateway(failure, origin)}; {way_around(origin)}"
    return hint_for(failure.cause, None, subject.bundle, store=subject.runtime.truststore)


def _hint_for_move(answer: HTTPAnswer) -> str:
    where = show_url(answer.moved).partition("?")[0]
    asked = "is it a log-in page, or the API's new address?"
    return f"something redirects to `{where}`: open it in a browser; {asked}"


def hint_for_gateway(failure: Failure, origin: Origin) -> str | None:
    """What to do about a proxy that does not reach *origin*."""
    answer = failure.link.answer if failure.link else None
    return hint_for_refusal(answer or _GATEWAY, origin)


def explain_refusal(subject: Subject, failure: Failure) -> Finding | None:
    """The finding where the API's certificate is refused here too: which one it is, and why."""
    if failure.verify_code is None:
        return None
    url = subject.api_url or ""
    return find_refusal(subject, parse_origin(url), find_route(subject, url))
