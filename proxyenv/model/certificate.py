"""One certificate, with what the decisions need to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True, order=True)
class Certificate:
    """A parsed certificate. Two are equal when their DER is; they sort by fingerprint.

    Args:
        fingerprint: SHA-256 of the DER, lower-case hex.
        der: the certificate itself.
        subject: the distinguished name as RFC 4514 text, ASCII (anything else escaped).
        issuer: the same for its issuer.
        not_before: aware, UTC.
        not_after: aware, UTC.
        is_ca: whether it may sign: basicConstraints says so and keyUsage, if there, does not deny
            it; or it is a self-issued version 1 root.
    """

    fingerprint: str
    der: bytes = field(repr=False, compare=False)
    subject: str = field(compare=False)
    issuer: str = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    is_ca: bool = field(compare=False)
