"""One certificate, with what the decisions need to know of it; and what was left out beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

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
