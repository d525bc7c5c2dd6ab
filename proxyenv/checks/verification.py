"""The cause behind a certificate that OpenSSL refuses, and the next step.

OpenSSL's numbers are its ``X509_V_ERR_…`` (``x509_vfy.h``), which Python passes on as ``verify_code``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

_UNKNOWN_ISSUER: Final = frozenset({2, 18, 19, 20, 21})
_BAD_SIGNATURE: Final = frozenset({4, 6, 7})
_DATES: Final = frozenset({9, 10, 13, 14})
MISMATCH: Final = frozenset({62, 64})
"""The certificate is valid, but for another host name (62) or address (64)."""
_REJECTED: Final = frozenset(
    {24, 25, 26, 27, 28, 32, 33, 34, 36, 37, 38, 39, 40, 41, *range(47, 54), 66, 67, 68}
)
_STRICT_FROM: Final = 72  # what only `X509_V_FLAG_X509_STRICT` checks, the default since Python 3.13


class RefusedCertificate(NamedTuple):
    """A refused certificate.

    Args:
        cause: a code of the family ``causes``.
        detail: whose certificate it is, and why it is refused, in one line.
        hint: one next step, or ``None``.
    """

    cause: str
    detail: str
    hint: str | None


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
) -> RefusedCertificate:
    """Why a certificate was refused, and what to do.

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
    return RefusedCertificate(cause, detail, hint_for(cause, issuer, bundle, store=store))


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
