"""What a check found, and the cause behind an exception of httpx, websockets or Prefect.

The exceptions come from the fresh interpreter as data (see :mod:`proxyenv.checks.child.record`). The
outermost one usually says least: behind Prefect's ``Failed to reach API`` is the refused certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks import squid
from proxyenv.checks.verification import find_cause
from proxyenv.codes import require_code

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.model.report import Status


_PROXY_STATUS: Final = re.compile(r"(\d{3})\b")
_PROXY_CAUSES: Final = {
    403: "proxy-denied",
    407: "proxy-credentials-refused",
    502: "proxy-gateway",
    503: "proxy-gateway",
    504: "proxy-gateway",
}
_ANSWERS: Final = frozenset(
    {"InvalidProxyStatus", "InvalidStatus", "PrefectHTTPStatusError", "HTTPStatusError"}
)
"""The exceptions that hold an HTTP response."""
_PREFECT_CAUSES: Final = {401: "api-unauthorized", 403: "api-unauthorized", 407: "proxy-credentials-refused"}
_WEBSOCKET_CAUSES: Final = {401: "api-unauthorized", 403: "api-unauthorized"} | dict.fromkeys(
    (400, 404, 405, 426), "websocket-upgrade-dropped"
)
"""Prefect's server answers 404 to a plain HTTP request for the path of a websocket."""
_LINE_LENGTH: Final = 240  # Prefect's errors quote whole requests


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Args:
        detail: what was seen, in one line.
        status: as in an ``Outcome``.
        cause: a code of the family ``causes``; ``None`` when all is well.
        hint: one next step, computed from what was seen, or ``None``.
    """

    detail: str
    status: Status = "ok"
    cause: str | None = None
    hint: str | None = None


def failed(cause: str, detail: str, hint: str | None = None) -> Finding:
    """A finding that makes the report fail.

    Raises:
        KeyError: *cause* is not registered; that is a bug.
    """
    require_code("causes", cause)
    return Finding(detail, "failed", cause, hint)


def warning(cause: str, detail: str, hint: str | None = None) -> Finding:
    """A finding that proves less than it should, but does not make the report fail.

    Raises:
        KeyError: *cause* is not registered; that is a bug.
    """
    require_code("causes", cause)
    return Finding(detail, "warning", cause, hint)


class BrokenError(Exception):
    """A step of a check failed; it carries the finding to the check and never leaves this package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


@dataclass(frozen=True, slots=True)
class ReportedError:
    """One exception of a chain, as the fresh interpreter reports it.

    Args:
        type: its qualified name.
        text: its message.
        verify_code: OpenSSL's number, where a certificate was refused.
        verify_message: OpenSSL's message, where a certificate was refused.
        reason: OpenSSL's reason, where TLS failed for another reason.
        status: of the HTTP response that it holds.
        squid_error: the response's ``X-Squid-Error``, which squid adds to its own answers.
        via: the response's ``Via``: the proxies that passed it on.
    """

    type: str
    text: str
    verify_code: int | None = None
    verify_message: str | None = None
    reason: str | None = None
    status: int | None = None
    squid_error: str | None = None
    via: str | None = None

    @property
    def name(self) -> str:
        """The name of its type without the module."""
        return self.type.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Failure:
    """The cause of a chain of exceptions.

    Args:
        cause: a code of the family ``causes``.
        detail: the exception that says most, in one line.
        verify_code: OpenSSL's number, where a certificate was refused.
        link: that exception.
    """

    cause: str
    detail: str
    verify_code: int | None = None
    link: ReportedError | None = None


def parse_chain(records: Iterable[Mapping[str, Any]]) -> tuple[ReportedError, ...]:
    """The chain of exceptions in the records of the fresh interpreter."""
    return tuple(
        ReportedError(
            record["type"],
            record["text"],
            record.get("verify_code"),
            record.get("verify_message"),
            record.get("reason"),
            record.get("status"),
            record.get("squid_error"),
            record.get("via"),
        )
        for record in records
    )


def classify(chain: tuple[ReportedError, ...], *, otherwise: str) -> Failure:
    """Find the cause of a failure.

    Args:
        chain: outermost first.
        otherwise: the cause if no exception tells more.
    """
    for link in chain:
        cause = _cause_of(link)
        if cause:
            return Failure(cause, _line(link), link.verify_code, link)
    return Failure(otherwise, _line(chain[-1]) if chain else "no exception was reported")


def _cause_of(link: ReportedError) -> str | None:  # noqa: PLR0911 - a table with conditions
    if link.verify_code is not None:
        return find_cause(link.verify_code)
    if link.name in _ANSWERS:
        return _cause_of_answer(link, link.status or 0)
    if link.name == "ProxyError":
        match = _PROXY_STATUS.match(link.text)
        return _PROXY_CAUSES.get(int(match[1]), "proxy-answer") if match else None
    if link.text.startswith("[X509"):
        return "bundle-unreadable"
    if link.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "tls-failed"
    if link.type in {"builtins.FileNotFoundError", "builtins.IsADirectoryError"}:
        return "bundle-missing"
    if "Timeout" in link.name:
        return "timeout"
    if "Unable to authenticate to the event stream" in link.text:
        return "api-unauthorized"
    return None


def _cause_of_answer(link: ReportedError, status: int) -> str:
    if link.name == "InvalidProxyStatus":
        return "websocket-denied" if status in {403, 405} else _PROXY_CAUSES.get(status, "websocket-failed")
    if link.squid_error:
        return squid.find_cause(status)
    if link.name == "InvalidStatus":
        return _WEBSOCKET_CAUSES.get(status, "websocket-failed")
    return _PREFECT_CAUSES.get(status, "api-status")


def _line(link: ReportedError) -> str:
    text = link.verify_message or " ".join(link.text.split())
    if link.squid_error:
        text = f"{link.status}, squid says `{squid.name_of(link.squid_error)}`"
    if len(text) > _LINE_LENGTH:
        text = text[:_LINE_LENGTH].rstrip() + " …"
    return f"{link.name}: {text}" if text else link.name
