"""What a check found, and the cause behind OpenSSL's reason or an exception of httpx, websockets or Prefect.

OpenSSL's numbers are its ``X509_V_ERR_…`` (``x509_vfy.h``), which Python passes on as ``verify_code``. The
exceptions come from the fresh interpreter as data (see :mod:`proxyenv.checks.child.record`). The outermost
one usually says least: behind Prefect's ``Failed to reach API`` is the refused certificate.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from proxyenv.checks import squid

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from proxyenv.model.report import Status


_UNKNOWN_ISSUER: Final = frozenset({2, 18, 19, 20, 21})
_BAD_SIGNATURE: Final = frozenset({4, 6, 7})
_DATES: Final = frozenset({9, 10, 13, 14})
MISMATCH: Final = frozenset({62, 64})
"""The certificate is valid, but for another host name (62) or address (64)."""
_REJECTED: Final = frozenset(
    {24, 25, 26, 27, 28, 32, 33, 34, 36, 37, 38, 39, 40, 41, *range(47, 54), 66, 67, 68}
)
_STRICT_FROM: Final = 72  # what only `X509_V_FLAG_X509_STRICT` checks, the default since Python 3.13
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
    """A finding that makes the report fail."""
    return Finding(detail, "failed", cause, hint)


def warning(cause: str, detail: str, hint: str | None = None) -> Finding:
    """A finding that proves less than it should, but does not make the report fail."""
    return Finding(detail, "warning", cause, hint)


class BrokenError(Exception):
    """A step of a check failed; it carries the finding to the check and never leaves this package."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.detail)
        self.finding = finding


def find_cause(code: int, *, namesake: bool = False) -> str:
    """The cause of a failed verification.

    Args:
        code: ``SSLCertVerificationError.verify_code``.
        namesake: whether the bundle holds a CA of the issuer's name.
    """
    if code in _BAD_SIGNATURE or (code in _UNKNOWN_ISSUER and namesake):
        return "ca-wrong"
    if code in _UNKNOWN_ISSUER:
        return "ca-missing"
    if code in _DATES:
        return "certificate-expired"
    if code in MISMATCH:
        return "host-name-mismatch"
    return "ca-rejected" if code in _REJECTED or code >= _STRICT_FROM else "tls-failed"


def judge_verification(  # noqa: PLR0913 - each fact by its name
    error: ssl.SSLCertVerificationError,
    *,
    target: str,
    issuer: str | None,
    bundle: Path | None,
    namesake: bool = False,
    store: bool = False,
) -> Finding:
    """The finding for a refused certificate.

    Args:
        error: why.
        target: whose certificate it is, such as ``https://host:443``.
        issuer: who issued it, or ``None`` if that is unknown.
        bundle: what it was verified against; ``None`` for the public roots alone.
        namesake: whether the bundle holds a CA of that name.
        store: whether the bundle is the operating system's own.
    """
    cause = find_cause(error.verify_code, namesake=namesake)
    by = f", issued by `{issuer}`," if issuer else ""
    detail = f"the certificate of `{target}`{by} is refused: {error.verify_message}"
    return failed(cause, detail, hint_for(cause, issuer, bundle, store=store))


def hint_for(cause: str, issuer: str | None, bundle: Path | None, *, store: bool = False) -> str | None:
    """The next step for a cause of :func:`find_cause`, ``None`` for others. Arguments as above."""
    ca = f"the CA `{issuer}`" if issuer else "the CA that issued it"
    where = f"`{bundle}`" if bundle else "the public roots"
    match cause:
        case "ca-missing" if store:
            return f"{where} does not hold {ca}: run `proxyenv trust install`"
        case "ca-missing":
            lacks = "does not hold" if bundle else "do not hold"
            return (
                f"{where} {lacks} {ca}: get its certificate from IT and give it with `--ca FILE`; "
                "`proxyenv trust fetch HOST` shows what is sent"
            )
        case "ca-wrong":
            return f"{where} holds another CA of that name: give the current one with `--ca FILE`"
        case "ca-rejected":
            return (
                f"ask IT to reissue {ca} as RFC 5280 requires; `proxyenv trust inspect FILE` says "
                "what is wrong with it; until then use Python 3.12, which is less strict"
            )
        case "certificate-expired":
            return "compare this machine's clock with the certificate's dates"
        case _:
            return None


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
