"""What runtimes say that this machine does not have, from measurements elsewhere.

Every row was measured with the real client: a root or chain with the defect, the client's own variable
naming the root, and a TLS server. A defect without a row was accepted. macOS was not measured: its rows are
Apple's published requirements (support article 103769), and what these do not mention is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.path import PathRole
from proxyenv.model.inspection import RuntimeVerdict, name_runtime

if TYPE_CHECKING:
    from proxyenv.certificates.path import LintedCertificate

EVIDENCE: Final = "by rule"


class Refusal(NamedTuple):
    """One reason of a runtime to refuse a certificate.

    Args:
        code: a code of the family ``lints``.
        message: what the client says.
        roles: the certificates of a path that it applies to.
    """

    code: str
    message: str
    roles: PathRole = PathRole.ANY


_OPENSSL: Final = (
    Refusal("issuer-missing", "unable to get local issuer certificate"),
    Refusal("signature-wrong", "certificate signature failure"),
    Refusal("root-missing", "unable to get issuer certificate"),
    Refusal("aki-wrong", "unable to get issuer certificate"),
    Refusal("ca-unmarked", "invalid CA certificate"),
    Refusal("bc-false", "invalid CA certificate"),
    Refusal("ku-no-cert-sign", "invalid CA certificate"),
    Refusal("path-too-long", "path length constraint exceeded"),
    Refusal("eku-no-server", "unsuitable certificate purpose"),
    Refusal("unknown-critical", "unhandled critical extension"),
    Refusal("cert-expired", "certificate has expired"),
    Refusal("cert-not-yet-valid", "certificate is not yet valid"),
    Refusal("name-not-permitted", "permitted subtree violation"),
    Refusal("key-broken", "CA certificate key too weak", PathRole.CA),
    Refusal("key-broken", "EE certificate key too weak", PathRole.SERVER),
    Refusal("key-weak", "CA certificate key too weak", PathRole.CA),
    Refusal("key-weak", "EE certificate key too weak", PathRole.SERVER),
    Refusal("signature-broken", "CA signature digest algorithm too weak", PathRole.SENT),
    Refusal("signature-weak", "CA signature digest algorithm too weak", PathRole.SENT),
)
_STRICT: Final = (
    Refusal("bc-missing", "invalid CA certificate"),
    Refusal("version-1", "invalid CA certificate", PathRole.CA),
    Refusal("bc-not-critical", "Basic Constraints of CA cert not marked critical"),
    Refusal("ku-missing", "CA cert does not include key usage extension"),
    Refusal("ku-sign-not-ca", "Key usage keyCertSign invalid for non-CA cert"),
    Refusal("issuer-empty", "Issuer name empty"),
    Refusal("san-not-critical", "Subject empty and Subject Alt Name extension not critical"),
    Refusal("aki-missing", "Missing Authority Key Identifier"),
    Refusal("ski-missing", "Missing Subject Key Identifier"),
)
_GO_CANNOT_SIGN: Final = (
    'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent '
    'certificate cannot sign this kind of certificate")'
)
_GO_UNKNOWN: Final = "x509: certificate signed by unknown authority"
_NOT_A_CA: Final = "ValidatorException: TrustAnchor is not a CA certificate"


def _prefixed(prefix: str, rules: tuple[Refusal, ...]) -> tuple[Refusal, ...]:
    return tuple(rule._replace(message=f"{prefix}{rule.message}") for rule in rules)


_PARTIAL: Final = frozenset({"root-missing", "aki-wrong"})
"""Python 3.13 accepts any trusted certificate as the end of a chain, whoever issued it."""
_BELOW_THE_ANCHOR: Final = frozenset({"aki-missing", "signature-wrong"})
"""Python 3.13 looks at these in what is sent, and not where a chain ends."""

_PYTHON: Final = _prefixed("certificate verify failed: ", _OPENSSL)
_PYTHON_STRICT: Final = _prefixed(
    "certificate verify failed: ",
    tuple(
        rule._replace(roles=PathRole.SENT) if rule.code in _BELOW_THE_ANCHOR else rule
        for rule in (*_OPENSSL, *_STRICT)
        if rule.code not in _PARTIAL
    ),
)

RULES: Final[dict[str, tuple[Refusal, ...]]] = {
    "python3.11": _PYTHON,
    "python3.12": _PYTHON,
    "python3.13": _PYTHON_STRICT,
    "openssl": _prefixed("verify error: ", _OPENSSL),
    "openssl-strict": _prefixed("verify error: ", (*_OPENSSL, *_STRICT)),
    "go": (
        Refusal("serial-negative", "x509: negative serial number"),
        Refusal("issuer-missing", _GO_UNKNOWN),
        Refusal("signature-wrong", _GO_UNKNOWN, PathRole.SENT),
        Refusal("ca-unmarked", _GO_CANNOT_SIGN),
        Refusal("bc-missing", _GO_CANNOT_SIGN),
        Refusal("bc-false", _GO_CANNOT_SIGN),
        Refusal("ku-no-cert-sign", _GO_CANNOT_SIGN),
        Refusal("path-too-long", "x509: too many intermediates for path length constraint"),
        Refusal("eku-no-server", "x509: certificate specifies an incompatible key usage"),
        Refusal("cert-expired", "x509: certificate has expired or is not yet valid"),
        Refusal("cert-not-yet-valid", "x509: certificate has expired or is not yet valid"),
        Refusal("san-missing", "x509: certificate relies on legacy Common Name field, use SANs instead"),
        Refusal("signature-unusual", _GO_UNKNOWN, PathRole.SENT),
        Refusal("signature-broken", "x509: cannot verify signature: insecure algorithm", PathRole.SENT),
        Refusal(
            "signature-weak", "x509: cannot verify signature: insecure algorithm SHA1-RSA", PathRole.SENT
        ),
        Refusal("key-broken", "tls: handshake failure"),
        Refusal("key-unusual", _GO_UNKNOWN),
        Refusal(
            "name-not-permitted",
            "x509: a root or intermediate certificate is not authorized to sign for this name",
        ),
        Refusal("unknown-critical", "x509: unhandled critical extension"),
    ),
    "node": (
        Refusal("issuer-missing", "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate"),
        Refusal("signature-wrong", "CERT_SIGNATURE_FAILURE: certificate signature failure"),
        Refusal("root-missing", "UNABLE_TO_GET_ISSUER_CERT: unable to get issuer certificate"),
        Refusal("aki-wrong", "UNABLE_TO_GET_ISSUER_CERT: unable to get issuer certificate"),
        Refusal("ca-unmarked", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Refusal("bc-false", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Refusal("eku-no-server", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Refusal("path-too-long", "PATH_LENGTH_EXCEEDED: path length constraint exceeded"),
        Refusal("cert-expired", "CERT_HAS_EXPIRED: certificate has expired"),
        Refusal("cert-not-yet-valid", "CERT_NOT_YET_VALID: certificate is not yet valid"),
        Refusal("ku-no-cert-sign", "UNSPECIFIED: key usage does not include certificate signing"),
        Refusal("name-not-permitted", "UNSPECIFIED: permitted subtree violation"),
        Refusal("signature-broken", "UNSPECIFIED: CA signature digest algorithm too weak", PathRole.SENT),
        Refusal("signature-weak", "UNSPECIFIED: CA signature digest algorithm too weak", PathRole.SENT),
        Refusal("unknown-critical", "UNSPECIFIED: unhandled critical extension"),
        Refusal("key-broken", "UNSPECIFIED: key too weak"),
        Refusal("key-weak", "UNSPECIFIED: key too weak (from Node 24 on)"),
        Refusal("key-unusual", "the handshake fails (from Node 24 on)"),
    ),
    "java": (
        Refusal("issuer-missing", "SunCertPathBuilderException: unable to find valid certification path"),
        Refusal("signature-wrong", "CertPathValidatorException: signature check failed", PathRole.SENT),
        Refusal("ca-unmarked", _NOT_A_CA, PathRole.CA),
        Refusal("bc-missing", _NOT_A_CA, PathRole.CA),
        Refusal("bc-false", _NOT_A_CA, PathRole.CA),
        Refusal(
            "ku-no-cert-sign",
            "ValidatorException: TrustAnchor does not have keyCertSign bit set",
            PathRole.CA,
        ),
        Refusal(
            "path-too-long", "CertPathValidatorException: basic constraints check failed", PathRole.BETWEEN
        ),
        Refusal(
            "eku-no-server",
            "Extended key usage does not permit use for TLS server authentication",
            PathRole.SERVER,
        ),
        Refusal(
            "issuer-empty", "CertificateParsingException: Empty issuer DN not allowed in X509Certificates"
        ),
        Refusal("cert-expired", "CertificateExpiredException", PathRole.SENT),
        Refusal("cert-not-yet-valid", "CertificateNotYetValidException", PathRole.SENT),
        Refusal(
            "san-not-critical", "SubjectAlternativeName extension MUST be marked critical", PathRole.SERVER
        ),
        Refusal(
            "name-not-permitted",
            "CertPathValidatorException: name constraints check failed",
            PathRole.BETWEEN,
        ),
        Refusal(
            "unknown-critical",
            "CertPathValidatorException: unrecognized critical extension(s)",
            PathRole.SENT,
        ),
        Refusal(
            "signature-broken",
            "CertPathValidatorException: Algorithm constraints check failed",
            PathRole.SENT,
        ),
        Refusal("key-broken", "CertPathValidatorException: Algorithm constraints check failed"),
        Refusal("key-unusual", "SignatureException: Curve not supported"),
    ),
    "rustls": (
        Refusal("issuer-missing", "invalid peer certificate: UnknownIssuer"),
        Refusal("signature-wrong", "invalid peer certificate: BadSignature", PathRole.SENT),
        Refusal("cert-expired", "invalid peer certificate: certificate expired", PathRole.SENT),
        Refusal("cert-not-yet-valid", "invalid peer certificate: certificate not valid yet", PathRole.SENT),
        Refusal("version-1", "invalid peer certificate: UnsupportedCertVersion", PathRole.SENT),
        Refusal("bc-missing", "invalid peer certificate: EndEntityUsedAsCa", PathRole.BETWEEN),
        Refusal("ca-unmarked", "invalid peer certificate: EndEntityUsedAsCa", PathRole.BETWEEN),
        Refusal("bc-false", "invalid peer certificate: EndEntityUsedAsCa", PathRole.BETWEEN),
        Refusal("path-too-long", "invalid peer certificate: PathLenConstraintViolated", PathRole.BETWEEN),
        Refusal("san-missing", "invalid peer certificate: certificate not valid for name", PathRole.ANY),
        Refusal(
            "eku-no-server",
            "certificate does not allow extended key usage for server authentication",
            PathRole.SENT,
        ),
        Refusal("unknown-critical", "invalid peer certificate: UnsupportedCriticalExtension", PathRole.SENT),
        Refusal("name-not-permitted", "invalid peer certificate: NameConstraintViolation"),
        Refusal("key-broken", "invalid peer certificate: BadSignature"),
        Refusal("key-weak", "invalid peer certificate: BadSignature"),
        Refusal("key-unusual", "invalid peer certificate: UnsupportedSignatureAlgorithmForPublicKeyContext"),
        Refusal(
            "signature-unusual",
            "invalid peer certificate: UnsupportedSignatureAlgorithmContext",
            PathRole.SENT,
        ),
        Refusal(
            "signature-broken",
            "invalid peer certificate: UnsupportedSignatureAlgorithmContext",
            PathRole.SENT,
        ),
        Refusal(
            "signature-weak", "invalid peer certificate: UnsupportedSignatureAlgorithmContext", PathRole.SENT
        ),
        Refusal("server-is-ca", "invalid peer certificate: CaUsedAsEndEntity"),
    ),
    "macos": (
        Refusal("issuer-missing", "the certificate is not trusted"),
        Refusal("signature-wrong", "the certificate is not trusted"),
        Refusal("cert-expired", "the certificate has expired"),
        Refusal("cert-not-yet-valid", "the certificate is not yet valid"),
        Refusal("san-missing", "the certificate is not standards compliant: no subjectAltName"),
        Refusal("eku-no-server", "the certificate is not standards compliant: no serverAuth", PathRole.SENT),
        Refusal("validity-long", "the certificate is not standards compliant: valid for more than 825 days"),
        Refusal("key-broken", "the certificate is not standards compliant: RSA below 2048 bits"),
        Refusal("key-weak", "the certificate is not standards compliant: RSA below 2048 bits"),
        Refusal("signature-broken", "the certificate is not standards compliant: no SHA-2", PathRole.SENT),
        Refusal("signature-weak", "the certificate is not standards compliant: no SHA-2", PathRole.SENT),
        Refusal("bc-false", "the certificate is not trusted"),
        Refusal("name-not-permitted", "the certificate is not trusted"),
        Refusal("unknown-critical", "the certificate is not trusted"),
    ),
}
"""Runtime → its reasons to refuse a path. The user sees the first one that applies."""


_DATES: Final = frozenset({"cert-expired", "cert-not-yet-valid"})


def judge(runtime: str, links: tuple[LintedCertificate, ...]) -> RuntimeVerdict:
    """What a runtime would say about a path, given its lints."""
    rule = _find_rule(runtime, links)
    if rule is not None:
        return RuntimeVerdict(runtime, "fail", rule.message, EVIDENCE)
    seen = [finding for link in links for finding in link.findings]
    malformed = next((finding for finding in seen if finding.code == "cert-malformed"), None)
    if malformed is not None:
        return RuntimeVerdict(runtime, "unknown", malformed.message, EVIDENCE)
    doubt = next((finding for finding in seen if finding.severity == "error"), None)
    if runtime == "macos" and doubt is not None:
        return RuntimeVerdict(runtime, "unknown", f"not measured on macOS: {doubt.message}", EVIDENCE)
    return RuntimeVerdict(runtime, "ok", "", EVIDENCE)


def find_lint(version: str, links: tuple[LintedCertificate, ...]) -> str | None:
    """The code of the lint for which a Python refuses a path, dates aside; ``None`` where it does not.

    Args:
        version: such as ``3.13``.
        links: the path, with its lints.
    """
    rule = _find_rule(name_runtime(version), links, aside=_DATES)
    return rule.code if rule else None


def _find_rule(
    runtime: str, links: tuple[LintedCertificate, ...], *, aside: frozenset[str] = frozenset()
) -> Refusal | None:
    seen = {(finding.code, link.role) for link in links for finding in link.findings}
    return next(
        (
            rule
            for rule in RULES[runtime]
            if rule.code not in aside and any(code == rule.code and role & rule.roles for code, role in seen)
        ),
        None,
    )
