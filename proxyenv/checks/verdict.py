"""What OpenSSL's reason for refusing a certificate means for the user.

The numbers are OpenSSL's ``X509_V_ERR_…`` (``x509_vfy.h``), which Python hands on as ``verify_code``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.checks.finding import Finding, failed

if TYPE_CHECKING:
    import ssl
    from pathlib import Path

_UNKNOWN_ISSUER: Final = frozenset({2, 18, 19, 20, 21})
_BAD_SIGNATURE: Final = frozenset({4, 6, 7})
_DATES: Final = frozenset({9, 10, 13, 14})
MISMATCH: Final = frozenset({62, 64})
"""The certificate is good, for another host name (62) or address (64)."""
_REJECTED: Final = frozenset(
    {24, 25, 26, 27, 28, 32, 33, 34, 36, 37, 38, 39, 40, 41, *range(47, 54), 66, 67, 68}
)
_STRICT_FROM: Final = 72  # what only `X509_V_FLAG_X509_STRICT` looks at, Python's default from 3.13 on


def find_cause(code: int, *, namesake: bool = False) -> str:
    """The cause code of a failed verification.

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


def judge_verification(  # noqa: PLR0913 - what was seen, each by its name
    error: ssl.SSLCertVerificationError,
    *,
    target: str,
    issuer: str | None,
    bundle: Path | None,
    namesake: bool = False,
    store: bool = False,
) -> Finding:
    """The finding for a certificate that was refused.

    Args:
        error: why.
        target: whose certificate it is, such as ``https://host:443``.
        issuer: who issued it, or ``None`` where that could not be seen.
        bundle: what it was verified against; ``None`` when that was the public roots alone.
        namesake: whether the bundle holds a CA of that name.
        store: whether the bundle is the operating system's own.
    """
    cause = find_cause(error.verify_code, namesake=namesake)
    by = f", issued by `{issuer}`," if issuer else ""
    detail = f"the certificate of `{target}`{by} is refused: {error.verify_message}"
    return failed(cause, detail, hint_for(cause, issuer, bundle, store=store))


def hint_for(cause: str, issuer: str | None, bundle: Path | None, *, store: bool = False) -> str | None:
    """One next step for a cause of this module; ``None`` for any other. Arguments as above."""
    ca = f"the CA `{issuer}`" if issuer else "the CA that issued it"
    where = f"`{bundle}`" if bundle else "the public roots"
    match cause:
        case "ca-missing" if store:
            return f"{where} does not hold {ca}: `proxyenv trust install` puts it there"
        case "ca-missing":
            lacks = "does not hold" if bundle else "do not hold"
            return (
                f"{where} {lacks} {ca}: get its certificate from IT and give it by `--ca FILE`; "
                "`proxyenv trust fetch HOST` shows what is sent"
            )
        case "ca-wrong":
            return (
                f"{where} holds another CA of that name, perhaps older: give the current one by `--ca FILE`"
            )
        case "ca-rejected":
            return (
                f"ask IT to issue {ca} anew by RFC 5280; Python 3.12 and older refuse fewer certificates; "
                "`proxyenv trust inspect FILE` says what is wrong with it"
            )
        case "certificate-expired":
            return "compare this machine's clock with the certificate's dates"
        case _:
            return None
