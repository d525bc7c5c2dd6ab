"""Reads the keys of one profile, with the standard library alone."""

from __future__ import annotations

import tomllib

from proxyenv.errors import PlanError


def find_profile(text: str, name: str) -> dict[str, object]:
    """The keys of a profile, with ``active`` among them; empty when there is no such profile.

    Raises:
        PlanError: ``profiles-invalid``.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PlanError("profiles-invalid", f"`profiles.toml` is not valid TOML: {error}") from error
    profiles = document.get("profiles", {})
    profile = profiles.get(name, {}) if isinstance(profiles, dict) else {}
    return {**(profile if isinstance(profile, dict) else {}), "active": document.get("active")}
