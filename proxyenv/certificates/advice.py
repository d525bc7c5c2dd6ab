"""What can be done about a CA that a runtime refuses, the best first.

Switching verification off is not on the list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.inspection import Lint, Verdict

_NEWEST_LENIENT: Final = "python3.12"
_STRICT: Final = "python3.13"

REQUESTS: Final = {
    "ca-unmarked": "`basicConstraints = critical, CA:TRUE` and `keyUsage = critical, keyCertSign, cRLSign`",
    "bc-missing": "`basicConstraints = critical, CA:TRUE`",
    "bc-false": "`basicConstraints = critical, CA:TRUE`",
    "bc-not-critical": "`basicConstraints = critical, CA:TRUE` (it has them without `critical`)",
    "path-too-long": "a path length that allows its intermediates, or none",
    "ku-missing": "`keyUsage = critical, keyCertSign, cRLSign`",
    "ku-no-cert-sign": "`keyUsage = critical, keyCertSign, cRLSign`",
    "eku-no-server": "`extendedKeyUsage = serverAuth`, or a CA without that extension",
    "ski-missing": "`subjectKeyIdentifier = hash`",
    "aki-missing": "`authorityKeyIdentifier = keyid:always`",
    "aki-wrong": "an `authorityKeyIdentifier` that names its own key, or none",
    "san-missing": "`subjectAltName = DNS:HOST` in what the proxy issues",
    "san-not-critical": "`subjectAltName = critical, ...` or a subject in what the proxy issues",
    "version-1": "version 3, with `basicConstraints`, `keyUsage` and `subjectKeyIdentifier`",
    "serial-negative": "a positive serial number of at most 20 octets",
    "issuer-empty": "a name for the CA",
    "key-broken": "RSA of at least 2048 bits, or P-256",
    "key-weak": "RSA of at least 2048 bits, or P-256",
    "key-unusual": "RSA of at least 2048 bits, or P-256",
    "signature-broken": "signatures with SHA-256",
    "signature-weak": "signatures with SHA-256",
    "signature-unusual": "PKCS #1 v1.5 signatures, or RSA-PSS with a salt as long as the digest",
    "unknown-critical": "an extension less, or one that is not critical",
    "name-not-permitted": "name constraints that allow the host",
    "server-is-ca": "`basicConstraints = critical, CA:FALSE` in what the proxy issues",
    "validity-long": "at most 825 days of validity in what the proxy issues",
}
"""What to ask of whoever issues the CA, by the code of what is wrong, as OpenSSL's configuration says it."""

_OTHER: Final = {
    "cert-expired": "ask IT for the CA that replaced it",
    "cert-not-yet-valid": "if this machine's clock is right, ask IT for the CA that is in use until then",
    "root-missing": "ask IT for the root above it, and give both: `--ca intermediate.pem --ca root.pem`",
    "issuer-missing": "ask IT for the CA that issued it, and to let the proxy send its intermediates",
    "signature-wrong": "ask IT for the CA that is in use now: this one has the same name and another key",
    "cert-malformed": "ask IT for the CA again; this file is damaged",
}


def find_options(findings: Iterable[Lint], verdicts: Iterable[Verdict], *, platform: str) -> tuple[str, ...]:
    """Ways out, in order of merit; none where nothing fails.

    Args:
        findings: of the certificates of one path.
        verdicts: on it.
        platform: as ``sys.platform`` says it.
    """
    answers = {verdict.runtime: verdict.answer for verdict in verdicts}
    if "fail" not in answers.values():
        return ()
    return tuple(_options({finding.code for finding in findings}, answers, platform))


def _options(codes: set[str], answers: Mapping[str, str], platform: str) -> Iterator[str]:
    wanted = list(dict.fromkeys(text for code, text in REQUESTS.items() if code in codes))
    if wanted:
        yield f"ask IT to issue it anew with {'; '.join(wanted)}"
    yield from (text for code, text in _OTHER.items() if code in codes)
    if answers.get(_STRICT) == "fail" and answers.get(_NEWEST_LENIENT) == "ok":
        yield "until then use Python 3.12, which does not look at this: `uv python pin 3.12`"
        system = {"win32": "Windows", "darwin": "macOS"}.get(platform)
        where = f"let {system} verify" if system else "on Windows and macOS, let the system verify"
        yield f"{where}: `proxyenv setup --trust truststore`, with the CA in the system's store"
