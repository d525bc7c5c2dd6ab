"""From an exception of httpx, websockets or Prefect, and what led to it, to a cause.

The exceptions come from the fresh interpreter as data (see :mod:`proxyenv.checks.child.record`). The
outermost usually says least: Prefect's ``Failed to reach API`` has the refused certificate behind it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks import squid
from proxyenv.checks.verdict import find_cause

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
_PREFECT_STATUS: Final = {401: "api-unauthorized", 403: "api-unauthorized", 407: "proxy-credentials-refused"}
_WEBSOCKET_STATUS: Final = {401: "api-unauthorized", 403: "api-unauthorized"} | dict.fromkeys(
    (400, 404, 405, 426), "websocket-upgrade-dropped"
)
"""Prefect's server answers 404 when it is asked for a websocket's path as for a page."""
_LINE_LENGTH: Final = 240  # Prefect's errors quote whole requests


@dataclass(frozen=True, slots=True)
class Link:
    """One exception of a chain.

    Args:
        type: its qualified name.
        text: its message.
        verify_code: OpenSSL's number, where a certificate was refused.
        verify_message: OpenSSL's words, likewise.
        reason: OpenSSL's word, where TLS failed otherwise.
        status: where it holds an HTTP response.
        squid_error: likewise, where squid says that the answer is its own.
        via: likewise, who handed it on and says so.
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
        """The bare name of its type."""
        return self.type.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class Failure:
    """What a chain of exceptions comes down to.

    Args:
        cause: a key of ``CAUSES``.
        detail: the exception that says most, in one line.
        verify_code: OpenSSL's number, where a certificate was refused.
        link: that exception.
    """

    cause: str
    detail: str
    verify_code: int | None = None
    link: Link | None = None


def parse_chain(records: Iterable[Mapping[str, Any]]) -> tuple[Link, ...]:
    """The chain that the fresh interpreter described."""
    return tuple(
        Link(
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


def classify(chain: tuple[Link, ...], *, otherwise: str) -> Failure:
    """Find the cause of a failure.

    Args:
        chain: outermost first.
        otherwise: the cause when nothing more precise is known.
    """
    for link in chain:
        cause = _cause_of(link)
        if cause:
            return Failure(cause, _line(link), link.verify_code, link)
    return Failure(otherwise, _line(chain[-1]) if chain else "no exception was reported")


def _cause_of(link: Link) -> str | None:  # noqa: PLR0911 - a table with conditions
    if link.verify_code is not None:
        return find_cause(link.verify_code)
    if link.name in _ANSWERS:
        return _cause_of_answer(link, link.status or 0)
    if link.name == "ProxyError":
        match = _PROXY_STATUS.match(link.text)
        return _PROXY_CAUSES.get(int(match[1]), "proxy-answer") if match else None
    if link.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}:
        return "tls-failed"
    if link.type in {"builtins.FileNotFoundError", "builtins.IsADirectoryError"}:
        return "bundle-missing"
    if "Timeout" in link.name:
        return "timeout"
    if "Unable to authenticate to the event stream" in link.text:
        return "api-unauthorized"
    return None


def _cause_of_answer(link: Link, status: int) -> str:
    if link.name == "InvalidProxyStatus":
        return "websocket-denied" if status in {403, 405} else _PROXY_CAUSES.get(status, "websocket-failed")
    if link.squid_error:
        return squid.find_cause(status)
    if link.name == "InvalidStatus":
        return _WEBSOCKET_STATUS.get(status, "websocket-failed")
    return _PREFECT_STATUS.get(status, "api-status")


def _line(link: Link) -> str:
    text = link.verify_message or " ".join(link.text.split())
    if link.squid_error:
        text = f"{link.status}, squid says `{squid.name_of(link.squid_error)}`"
    if len(text) > _LINE_LENGTH:
        text = text[:_LINE_LENGTH].rstrip() + " …"
    return f"{link.name}: {text}" if text else link.name
