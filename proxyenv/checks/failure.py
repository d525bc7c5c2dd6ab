"""The cause behind an exception of httpx, websockets or Prefect.

The exceptions come from the fresh interpreter as data (see :mod:`proxyenv.checks.child.record`). The
outermost one usually says least: behind Prefect's ``Failed to reach API`` is the refused certificate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.checks.answer import (
    Author,
    Circumstances,
    HTTPAnswer,
    find_author,
    find_cause_of_answer,
    printable,
)
from proxyenv.checks.child.page import ReadPage
from proxyenv.checks.verification import find_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_PROXY_STATUS: Final = re.compile(r"(\d{3})\b")
_PROXY_CAUSES: Final = {
    403: "proxy-denied",
    407: "proxy-credentials-refused",
    502: "proxy-gateway",
    503: "proxy-gateway",
    504: "proxy-gateway",
    505: "proxy-speaks-http2",
    511: "captive-portal",
}
_PREFECT_CAUSES: Final = {401: "api-unauthorized", 403: "api-unauthorized", 407: "proxy-credentials-refused"}
_WEBSOCKET_CAUSES: Final = {401: "api-unauthorized", 403: "api-unauthorized"} | dict.fromkeys(
    (400, 404, 405, 426), "websocket-upgrade-dropped"
)
"""Prefect's server answers 404 to a plain HTTP request for the path of a websocket."""
_LINE_LENGTH: Final = 240  # Prefect's errors quote whole requests
_AS_CONFIGURED: Final = frozenset({"InvalidURL", "UnsupportedProtocol", "ImportError", "ModuleNotFoundError"})
"""What httpx raises when its environment names what it cannot use."""
_NOT_HTTP: Final = frozenset({"RemoteProtocolError", "DecodingError"})
"""What httpx raises where the other side does not keep to HTTP."""
_UNLOADABLE: Final = frozenset(
    {"FileNotFoundError", "IsADirectoryError", "NotADirectoryError", "PermissionError"}
)


class ReportedError(NamedTuple):
    """One exception of a chain, as the fresh interpreter reports it.

    Args:
        type: its qualified name.
        text: its message.
        verify_code: OpenSSL's number, where a certificate was refused.
        verify_message: OpenSSL's message, where a certificate was refused.
        reason: OpenSSL's reason, where TLS failed for another reason.
        answer: the HTTP answer that it holds.
    """

    type: str
    text: str
    verify_code: int | None = None
    verify_message: str | None = None
    reason: str | None = None
    answer: HTTPAnswer | None = None

    @property
    def name(self) -> str:
        """The name of its type without the module."""
        return self.type.rpartition(".")[2]


class Failure(NamedTuple):
    """The cause of a chain of exceptions.

    Args:
        cause: a code of the family ``causes``.
        detail: the exception that says most, in one line.
        verify_code: OpenSSL's number, where a certificate was refused.
        link: that exception.
        author: who wrote the answer that it holds.
    """

    cause: str
    detail: str
    verify_code: int | None = None
    link: ReportedError | None = None
    author: Author = Author.UNKNOWN


def parse_chain(records: Iterable[Mapping[str, Any]]) -> tuple[ReportedError, ...]:
    """The chain of exceptions in the records of the fresh interpreter."""
    return tuple(
        ReportedError(
            record["type"],
            record["text"],
            record.get("verify_code"),
            record.get("verify_message"),
            record.get("reason"),
            parse_facts(record["answer"]) if record.get("answer") else None,
        )
        for record in records
    )


def parse_facts(facts: Mapping[str, Any]) -> HTTPAnswer:
    """An HTTP answer in the records of the fresh interpreter; what cannot be printed is replaced."""
    headers = {str(name).lower(): printable(str(value)) for name, value in facts["headers"].items()}
    reason, moved = printable(str(facts["reason"])), printable(str(facts.get("moved", "")))
    told = facts.get("page")
    page = ReadPage(tuple(told["forms"]), told["uuid"]) if told else None
    body = str(facts.get("raw", facts["body"]))
    return HTTPAnswer(int(facts["status"]), reason, headers, body, moved, page)


def classify(
    chain: tuple[ReportedError, ...],
    *,
    otherwise: str,
    seen: Circumstances = Circumstances(),  # noqa: B008 - frozen
) -> Failure:
    """Find the cause of a failure.

    Args:
        chain: outermost first.
        otherwise: the cause if no exception tells more.
        seen: what is known beside an answer that one of them holds.
    """
    for link in chain:
        if link.answer is not None and link.verify_code is None:
            return _classify_answer(link, link.answer, seen)
        cause = _cause_of(link)
        if cause:
            return Failure(cause, _line(link), link.verify_code, link)
    return Failure(otherwise, _line(chain[-1]) if chain else "no exception was reported")


def _classify_answer(link: ReportedError, answer: HTTPAnswer, seen: Circumstances) -> Failure:
    if link.name == "InvalidProxyStatus":  # the answer to CONNECT
        cause = "captive-portal" if answer.leads_to else _PROXY_CAUSES.get(answer.status, "websocket-failed")
        cause = "websocket-denied" if answer.status in {403, 405} else cause
        return Failure(cause, _line(link), None, link, Author.PROXY)
    known = _WEBSOCKET_CAUSES if link.name == "InvalidStatus" else _PREFECT_CAUSES
    otherwise = known.get(answer.status, "websocket-failed" if link.name == "InvalidStatus" else "api-status")
    if otherwise == "api-unauthorized" and answer.body.lstrip().startswith("<"):
        otherwise = "api-status"  # Prefect itself says no in JSON
    author, why = find_author(answer, seen)
    cause = find_cause_of_answer(answer, author, otherwise=otherwise)
    told = author in {Author.PROXY, Author.PORTAL}
    detail = f"{link.name}: {answer.status}, {why}" if told else _line(link)
    if answer.moved:
        detail += f"; it was redirected to `{answer.leads_to}`"
    return Failure(cause, detail, None, link, author)


def _cause_of(link: ReportedError) -> str | None:  # noqa: PLR0911 - a table with conditions
    if link.verify_code is not None:
        return find_cause(link.verify_code)
    if link.name == "ProxyError":
        match = _PROXY_STATUS.match(link.text)
        return _PROXY_CAUSES.get(int(match[1]), "proxy-answer") if match else None
    if link.text.startswith("[X509"):
        return "bundle-unreadable"
    if link.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "tls-failed"
    if link.type.startswith("builtins.") and link.name in _UNLOADABLE:
        return "bundle-missing"
    if link.name in _AS_CONFIGURED or (link.name == "ValueError" and "proxy" in link.text.lower()):
        return "environment-refused"
    if "Timeout" in link.name:
        return "timeout"
    if link.name in _NOT_HTTP:
        return "origin-protocol"
    if "Unable to authenticate to the event stream" in link.text:
        return "api-unauthorized"
    return None


def _line(link: ReportedError) -> str:
    text = link.verify_message or " ".join(link.text.split())
    if len(text) > _LINE_LENGTH:
        text = text[:_LINE_LENGTH].rstrip() + " …"
    return f"{link.name}: {text}" if text else link.name
