"""One certificate, with what the decisions need to know of it; and what was left out beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


class Certificate(NamedTuple):
    """A parsed certificate. What it says follows from its DER; certificates sort by their fingerprints.

    Args:
        fingerprint: SHA-256 of the DER, lower-case hex.
        der: the certificate itself.
        subject: the distinguished name as RFC 4514 text, ASCII (anything else escaped).
        issuer: the same for its issuer.
        not_before: aware, UTC.
        not_after: aware, UTC.
    """

    fingerprint: str
    der: bytes
    subject: str
    issuer: str
    not_before: datetime
    not_after: datetime

    def __repr__(self) -> str:
        return f"Certificate({self.fingerprint[:16]!r}, {self.subject!r})"


class LeftOut(NamedTuple):
    """Something in a CA input that is not trusted. The rest of the input is used.

    Args:
        code: of the family ``errors``, as if the whole input were refused for it.
        name: what it is, for a list: ```CN=Corp Root``` or ``block 2 of `corp.pem` ``.
        reason: why it is left out, as the message of an error.
        hint: one next step where nothing else in the input is good, or ``None``.
        fingerprint: of the certificate, as :class:`Certificate` has it; empty for anything else.
    """

    code: str
    name: str
    reason: str
    hint: str | None = None
    fingerprint: str = ""
