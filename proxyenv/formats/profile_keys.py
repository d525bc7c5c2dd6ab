"""Reads the keys of one profile, with the standard library alone."""

from __future__ import annotations

import tomllib

from proxyenv.errors import DiscoveryError


def find_profile(text: str, name: str) -> dict[str, object] | None:
    """The keys of a profile, with ``active`` among them, or ``None`` when there is no such profile.

    Raises:
        DiscoveryError: ``profiles-invalid``.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DiscoveryError("profiles-invalid", f"`profiles.toml` is not valid TOML: {error}") from error
    profiles = document.get("profiles", {})
    profile = profiles.get(name) if isinstance(profiles, dict) else None
    return {**profile, "active": document.get("active")} if isinstance(profile, dict) else None
