"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass, field

from proxyenv.model.configuration import SetupOptions


@dataclass(frozen=True, slots=True)
class Request(SetupOptions):
    """The command line of ``setup``, ``diff``, ``discover`` or ``refresh``, as typed and not yet judged.

    Args:
        ca_password: of a PKCS#12 file among the CAs, as typed at a prompt.
        confirmed: CAs (DER) that were seen on the wire, and whose fingerprint the user confirmed.
        saved: start from ``proxyenv.toml`` and adopt nothing that is merely found (``refresh``).
    """

    ca_password: str | None = field(default=None, repr=False)
    confirmed: tuple[bytes, ...] = ()
    saved: bool = False
