"""The saved configuration: what ``refresh`` starts from and a fleet shares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was decided, in the terms of the options of ``setup``.

    Args:
        http_proxy: a normalised proxy URL with its credentials, or ``None``.
        https_proxy: likewise.
        no_proxy: the entries that were asked for or found, without those that are derived.
        no_proxy_patterns: those that were written in patterns, as Windows writes them.
        derive: whether to work out what else must be direct.
        derived: what was worked out, in patterns: for code that declares its proxy; never read back.
        ca: the CA files or directories that were given, absolute; empty when the CAs were found,
            and then ``corporate-ca.pem`` itself is what they are read from.
        fingerprints: what the CAs are pinned to; empty means no restriction.
        profile: the Prefect profile.
        activate: whether the profile is made the active one.
        api_url: the Prefect API that was given, or ``None``.
        shells: the shells that were asked for; empty means those that the user has.
        rc: whether rc files are edited.
        urls: what ``check`` fetches; empty means the usual document.
    """

    http_proxy: str | None = None
    https_proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    no_proxy_patterns: tuple[str, ...] = ()
    derive: bool = True
    derived: tuple[str, ...] = ()
    ca: tuple[str, ...] = ()
    fingerprints: tuple[str, ...] = ()
    profile: str | None = None
    activate: bool = True
    api_url: str | None = None
    shells: tuple[str, ...] = ()
    rc: bool = True
    urls: tuple[str, ...] = ()
