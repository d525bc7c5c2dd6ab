"""What the user asked for."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Request:
    """The options of ``setup``, ``diff`` and ``refresh``, as given and not yet judged.

    Args:
        proxy: a proxy URL for both schemes.
        http_proxy: a proxy URL for ``http://`` origins.
        https_proxy: a proxy URL for ``https://`` origins.
        no_proxy: what to reach directly, in any grammar.
        derive: whether to work out what must be direct; ``None`` means as before, at first yes.
        ca: files or directories that hold corporate CAs.
        fingerprints: the SHA-256 fingerprints that the CAs must have; empty means no restriction.
        profile: the Prefect profile to write, or ``None`` for the usual one.
        activate: whether to make that profile the active one; ``None`` means as before, at first yes.
        api_url: the Prefect API to use.
        shells: the shells whose rc files get the block; empty means those that the user has.
        rc: whether to edit rc files; ``None`` means as before, at first yes.
        urls: what ``check`` fetches; empty means the usual document.
        saved: ignore what is merely found and start from ``proxyenv.toml`` (``refresh``).
    """

    proxy: str | None = None
    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: str | None = None
    derive: bool | None = None
    ca: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    profile: str | None = None
    activate: bool | None = None
    api_url: str | None = None
    shells: tuple[str, ...] = ()
    rc: bool | None = None
    urls: tuple[str, ...] = ()
    saved: bool = False
