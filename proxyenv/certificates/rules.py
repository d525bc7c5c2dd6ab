"""What runtimes say that cannot be asked here, from what they said where they were.

Every row was measured with the real client: the defect in a certificate, the client's own variable
naming the root, a TLS server with a certificate under it. A defect without a row was accepted.
macOS was not measured: its rows are Apple's published requirements (support article 103769), and
what these do not speak of is unknown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.certificates.path import Role
from proxyenv.model.inspection import Verdict

if TYPE_CHECKING:
    from proxyenv.certificates.path import Link

EVIDENCE: Final = "by rule"


class Rule(NamedTuple):
    """One reason to refuse.

    Args:
        code: a key of ``LINTS``.
        message: what the client says.
        roles: of whose certificate.
    """

    code: str
    message: str
    roles: Role = Role.ANY


_OPENSSL: Final = (
    Rule("issuer-missing", "unable to get local issuer certificate"),
    Rule("signature-wrong", "certificate signature failure"),
    Rule("root-missing", "unable to get issuer certificate"),
    Rule("aki-wrong", "unable to get issuer certificate"),
    Rule("ca-unmarked", "invalid CA certificate"),
    Rule("bc-false", "invalid CA certificate"),
    Rule("ku-no-cert-sign", "invalid CA certificate"),
    Rule("path-too-long", "path length constraint exceeded"),
    Rule("eku-no-server", "unsuitable certificate purpose"),
    Rule("unknown-critical", "unhandled critical extension"),
    Rule("cert-expired", "certificate has expired"),
    Rule("cert-not-yet-valid", "certificate is not yet valid"),
    Rule("name-not-permitted", "permitted subtree violation"),
    Rule("key-broken", "CA certificate key too weak", Role.CA),
    Rule("key-broken", "EE certificate key too weak", Role.SERVER),
    Rule("key-weak", "CA certificate key too weak", Role.CA),
    Rule("key-weak", "EE certificate key too weak", Role.SERVER),
    Rule("signature-broken", "CA signature digest algorithm too weak", Role.SENT),
    Rule("signature-weak", "CA signature digest algorithm too weak", Role.SENT),
)
_STRICT: Final = (
    Rule("bc-missing", "invalid CA certificate"),
    Rule("version-1", "invalid CA certificate", Role.CA),
    Rule("bc-not-critical", "Basic Constraints of CA cert not marked critical"),
    Rule("ku-missing", "CA cert does not include key usage extension"),
    Rule("issuer-empty", "Issuer name empty"),
    Rule("san-not-critical", "Subject empty and Subject Alt Name extension not critical"),
    Rule("aki-missing", "Missing Authority Key Identifier"),
    Rule("ski-missing", "Missing Subject Key Identifier"),
)
_GO_CANNOT_SIGN: Final = (
    'x509: certificate signed by unknown authority (possibly because of "x509: invalid signature: parent '
    'certificate cannot sign this kind of certificate")'
)
_GO_UNKNOWN: Final = "x509: certificate signed by unknown authority"
_NOT_A_CA: Final = "ValidatorException: TrustAnchor is not a CA certificate"


def _prefixed(prefix: str, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
    return tuple(rule._replace(message=f"{prefix}{rule.message}") for rule in rules)


_PARTIAL: Final = frozenset({"root-missing", "aki-wrong"})
"""Where no issuer is found, Python 3.13 is content with any certificate that is trusted, and does not
ask who issued it."""

_PYTHON: Final = _prefixed("certificate verify failed: ", _OPENSSL)
_PYTHON_STRICT: Final = _prefixed(
    "certificate verify failed: ",
    (
        *(rule for rule in _OPENSSL if rule.code not in _PARTIAL),
        *(rule._replace(roles=Role.SENT) if rule.code == "aki-missing" else rule for rule in _STRICT),
    ),
)

RULES: Final[dict[str, tuple[Rule, ...]]] = {
    "python3.11": _PYTHON,
    "python3.12": _PYTHON,
    "python3.13": _PYTHON_STRICT,
    "openssl": _prefixed("verify error: ", _OPENSSL),
    "openssl-strict": _prefixed("verify error: ", (*_OPENSSL, *_STRICT)),
    "go": (
        Rule("serial-negative", "x509: negative serial number"),
        Rule("issuer-missing", _GO_UNKNOWN),
        Rule("signature-wrong", _GO_UNKNOWN),
        Rule("ca-unmarked", _GO_CANNOT_SIGN),
        Rule("bc-missing", _GO_CANNOT_SIGN),
        Rule("bc-false", _GO_CANNOT_SIGN),
        Rule("ku-no-cert-sign", _GO_CANNOT_SIGN),
        Rule("path-too-long", "x509: too many intermediates for path length constraint"),
        Rule("eku-no-server", "x509: certificate specifies an incompatible key usage"),
        Rule("cert-expired", "x509: certificate has expired or is not yet valid"),
        Rule("cert-not-yet-valid", "x509: certificate has expired or is not yet valid"),
        Rule("san-missing", "x509: certificate relies on legacy Common Name field, use SANs instead"),
        Rule("signature-unusual", _GO_UNKNOWN, Role.SENT),
        Rule("signature-broken", "x509: cannot verify signature: insecure algorithm", Role.SENT),
        Rule("signature-weak", "x509: cannot verify signature: insecure algorithm SHA1-RSA", Role.SENT),
        Rule("key-broken", "tls: handshake failure"),
        Rule("key-unusual", _GO_UNKNOWN),
        Rule(
            "name-not-permitted",
            "x509: a root or intermediate certificate is not authorized to sign for this name",
        ),
        Rule("unknown-critical", "x509: unhandled critical extension"),
    ),
    "node": (
        Rule("issuer-missing", "UNABLE_TO_VERIFY_LEAF_SIGNATURE: unable to verify the first certificate"),
        Rule("signature-wrong", "CERT_SIGNATURE_FAILURE: certificate signature failure"),
        Rule("root-missing", "UNABLE_TO_GET_ISSUER_CERT: unable to get issuer certificate"),
        Rule("aki-wrong", "UNABLE_TO_GET_ISSUER_CERT: unable to get issuer certificate"),
        Rule("ca-unmarked", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Rule("bc-false", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Rule("eku-no-server", "INVALID_PURPOSE: unsuitable certificate purpose"),
        Rule("path-too-long", "PATH_LENGTH_EXCEEDED: path length constraint exceeded"),
        Rule("cert-expired", "CERT_HAS_EXPIRED: certificate has expired"),
        Rule("cert-not-yet-valid", "CERT_NOT_YET_VALID: certificate is not yet valid"),
        Rule("ku-no-cert-sign", "UNSPECIFIED: key usage does not include certificate signing"),
        Rule("name-not-permitted", "UNSPECIFIED: permitted subtree violation"),
        Rule("signature-broken", "UNSPECIFIED: CA signature digest algorithm too weak", Role.SENT),
        Rule("signature-weak", "UNSPECIFIED: CA signature digest algorithm too weak", Role.SENT),
        Rule("unknown-critical", "UNSPECIFIED: unhandled critical extension"),
        Rule("key-broken", "UNSPECIFIED: key too weak"),
        Rule("key-weak", "UNSPECIFIED: key too weak (from Node 24 on)"),
        Rule("key-unusual", "the handshake fails (from Node 24 on)"),
    ),
    "java": (
        Rule("issuer-missing", "SunCertPathBuilderException: unable to find valid certification path"),
        Rule("signature-wrong", "CertPathValidatorException: signature check failed"),
        Rule("ca-unmarked", _NOT_A_CA, Role.CA),
        Rule("bc-missing", _NOT_A_CA, Role.CA),
        Rule("bc-false", _NOT_A_CA, Role.CA),
        Rule("ku-no-cert-sign", "ValidatorException: TrustAnchor does not have keyCertSign bit set", Role.CA),
        Rule("path-too-long", "CertPathValidatorException: basic constraints check failed", Role.BETWEEN),
        Rule(
            "eku-no-server",
            "Extended key usage does not permit use for TLS server authentication",
            Role.SERVER,
        ),
        Rule("issuer-empty", "CertificateParsingException: Empty issuer DN not allowed in X509Certificates"),
        Rule("cert-expired", "CertificateExpiredException", Role.SENT),
        Rule("cert-not-yet-valid", "CertificateNotYetValidException", Role.SENT),
        Rule("san-not-critical", "SubjectAlternativeName extension MUST be marked critical", Role.SERVER),
        Rule("name-not-permitted", "CertPathValidatorException: name constraints check failed", Role.BETWEEN),
        Rule("unknown-critical", "CertPathValidatorException: unrecognized critical extension(s)", Role.SENT),
        Rule("signature-broken", "CertPathValidatorException: Algorithm constraints check failed", Role.SENT),
        Rule("key-broken", "CertPathValidatorException: Algorithm constraints check failed"),
        Rule("key-unusual", "SignatureException: Curve not supported"),
    ),
    "rustls": (
        Rule("issuer-missing", "invalid peer certificate: UnknownIssuer"),
        Rule("signature-wrong", "invalid peer certificate: BadSignature"),
        Rule("cert-expired", "invalid peer certificate: certificate expired", Role.SENT),
        Rule("cert-not-yet-valid", "invalid peer certificate: certificate not valid yet", Role.SENT),
        Rule("version-1", "invalid peer certificate: UnsupportedCertVersion", Role.SENT),
        Rule("bc-missing", "invalid peer certificate: EndEntityUsedAsCa", Role.BETWEEN),
        Rule("ca-unmarked", "invalid peer certificate: EndEntityUsedAsCa", Role.BETWEEN),
        Rule("bc-false", "invalid peer certificate: EndEntityUsedAsCa", Role.BETWEEN),
        Rule("path-too-long", "invalid peer certificate: PathLenConstraintViolated", Role.BETWEEN),
        Rule("san-missing", "invalid peer certificate: certificate not valid for name", Role.ANY),
        Rule(
            "eku-no-server",
            "certificate does not allow extended key usage for server authentication",
            Role.SENT,
        ),
        Rule("unknown-critical", "invalid peer certificate: UnsupportedCriticalExtension", Role.SENT),
        Rule("name-not-permitted", "invalid peer certificate: NameConstraintViolation"),
        Rule("key-broken", "invalid peer certificate: BadSignature"),
        Rule("key-weak", "invalid peer certificate: BadSignature"),
        Rule("key-unusual", "invalid peer certificate: UnsupportedSignatureAlgorithmForPublicKeyContext"),
        Rule(
            "signature-unusual", "invalid peer certificate: UnsupportedSignatureAlgorithmContext", Role.SENT
        ),
        Rule("signature-broken", "invalid peer certificate: UnsupportedSignatureAlgorithmContext", Role.SENT),
        Rule("signature-weak", "invalid peer certificate: UnsupportedSignatureAlgorithmContext", Role.SENT),
        Rule("server-is-ca", "invalid peer certificate: CaUsedAsEndEntity"),
    ),
    "macos": (
        Rule("issuer-missing", "the certificate is not trusted"),
        Rule("signature-wrong", "the certificate is not trusted"),
        Rule("cert-expired", "the certificate has expired"),
        Rule("cert-not-yet-valid", "the certificate is not yet valid"),
        Rule("san-missing", "the certificate is not standards compliant: no subjectAltName"),
        Rule("eku-no-server", "the certificate is not standards compliant: no serverAuth", Role.SENT),
        Rule("validity-long", "the certificate is not standards compliant: valid for more than 825 days"),
        Rule("key-broken", "the certificate is not standards compliant: RSA below 2048 bits"),
        Rule("key-weak", "the certificate is not standards compliant: RSA below 2048 bits"),
        Rule("signature-broken", "the certificate is not standards compliant: no SHA-2", Role.SENT),
        Rule("signature-weak", "the certificate is not standards compliant: no SHA-2", Role.SENT),
        Rule("bc-false", "the certificate is not trusted"),
        Rule("name-not-permitted", "the certificate is not trusted"),
        Rule("unknown-critical", "the certificate is not trusted"),
    ),
}
"""Runtime → its reasons to refuse, the first that applies being what the user sees."""


def judge(runtime: str, links: tuple[Link, ...]) -> Verdict:
    """What a runtime would say to a path that was linted."""
    seen = [(finding, link.role) for link in links for finding in link.findings]
    for rule in RULES[runtime]:
        if any(finding.code == rule.code and role & rule.roles for finding, role in seen):
            return Verdict(runtime, "fail", rule.message, EVIDENCE)
    malformed = next((finding for finding, _ in seen if finding.code == "cert-malformed"), None)
    if malformed is not None:
        return Verdict(runtime, "unknown", malformed.message, EVIDENCE)
    doubt = next((finding for finding, _ in seen if finding.severity == "error"), None)
    if runtime == "macos" and doubt is not None:
        return Verdict(runtime, "unknown", f"not measured there: {doubt.message}", EVIDENCE)
    return Verdict(runtime, "ok", "", EVIDENCE)
