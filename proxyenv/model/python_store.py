"""What truststore trusts on this machine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PythonStore:
    """The operating system's roots, where Python's OpenSSL looks for them.

    Args:
        place: where they are, for people.
        path: a PEM file, or a directory that OpenSSL looks up by hash; ``None`` where the operating
            system itself verifies.
        fingerprints: of the certificates in it, SHA-256 of the DER, lower-case hex.
    """

    place: str
    path: str | None
    fingerprints: frozenset[str]
