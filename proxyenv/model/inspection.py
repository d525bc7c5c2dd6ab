"""What was found in a certificate, and what every runtime would say about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from proxyenv.codes import require_code

if TYPE_CHECKING:
    from proxyenv.codes import Severity
    from proxyenv.model.certificate import Certificate

Acceptance = Literal["ok", "fail", "unknown"]

RUNTIMES: Final[tuple[tuple[str, str], ...]] = (
    ("python3.11", "Python 3.11"),
    ("python3.12", "Python 3.12"),
    ("python3.13", "Python 3.13 and later"),
    ("openssl", "OpenSSL"),
    ("openssl-strict", "OpenSSL with -x509_strict"),
    ("go", "Go"),
    ("node", "Node"),
    ("java", "Java"),
    ("rustls", "rustls (uv)"),
    ("macos", "macOS"),
)
"""The runtimes of a forecast, and their names for people."""

_NEWER: Final = ((3, 13), (3, 12))


def name_runtime(version: str) -> str:
    """The runtime that stands for a version of Python, such as ``3.13``."""
    major, minor = (int(part) for part in version.split(".")[:2])
    found = next((first for first in _NEWER if (major, minor) >= first), (3, 11))
    return f"python{found[0]}.{found[1]}"


@dataclass(frozen=True, slots=True)
class Lint:
    """Something wrong with a certificate, or worth knowing about it.

    Args:
        code: a code of the family ``lints``.
        severity: ``error``: some current runtime refuses the certificate for this; ``warning`` or ``info``.
        message: a clause, lower case, no final period.

    Raises:
        KeyError: *code* is not registered; that is a bug.
    """

    code: str
    severity: Severity
    message: str

    def __post_init__(self) -> None:
        require_code("lints", self.code)


@dataclass(frozen=True, slots=True)
class RuntimeVerdict:
    """What one runtime says about a path.

    Args:
        runtime: a name of :data:`RUNTIMES`.
        answer: ``ok``, ``fail`` or ``unknown``.
        message: for ``fail`` what the user would see, for ``unknown`` the reason; otherwise empty.
        evidence: a handshake with which program, or ``by rule``.
    """

    runtime: str
    answer: Acceptance
    message: str
    evidence: str


@dataclass(frozen=True, slots=True)
class CertificatePath:
    """What a server sends, and what a client trusts.

    Args:
        sent: DER, the server's own certificate first.
        anchors: DER.
        host: the name that the client asks for.
    """

    sent: tuple[bytes, ...]
    anchors: tuple[bytes, ...]
    host: str


@dataclass(frozen=True, slots=True)
class Inspection:
    """Everything that is known about one certificate.

    Args:
        certificate: the certificate.
        source: where it came from.
        findings: its lints, the most severe first.
        verdicts: one for each runtime, in the order of :data:`RUNTIMES`.
        options: what can be done about a refusal, the best first.
    """

    certificate: Certificate
    source: str
    findings: tuple[Lint, ...]
    verdicts: tuple[RuntimeVerdict, ...] = ()
    options: tuple[str, ...] = ()
