"""Prefect's ``profiles.toml``: our keys in, everything else byte for byte as it was.

Prefect's own writer drops comments and unknown keys of every profile, so it is not used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError
from proxyenv.formats.parse import read_toml
from proxyenv.formats.toml_edit import make_toml, normal_toml
from proxyenv.formats.toml_layout import TABLE, quote_toml, render_key

if TYPE_CHECKING:
    from collections.abc import Mapping

ACTIVE: Final = "active"
"""The key that names the active profile."""


def profiles_invalid(source: str, reason: str) -> DiscoveryError:
    """The refusal of a file that Prefect would not read either."""
    hint = "correct the file, and run the command again; it was left as it is"
    return DiscoveryError("profiles-invalid", f"{source} cannot be used: {reason}", hint=hint)


PROFILES: Final = make_toml(profiles_invalid)
"""A key is ``active``, ``profiles.NAME`` (the table itself), or ``profiles.NAME.KEY``."""


def profile_key(name: str, key: str) -> str:
    """A key of a profile, or ``active``, as :data:`PROFILES` spells it."""
    return key if key == ACTIVE else render_key("profiles", name, key)


def profile_settings(
    name: str, settings: Mapping[str, str], *, activate: bool
) -> tuple[tuple[str, str], ...]:
    """What a profile needs, in terms of :data:`PROFILES`.

    Args:
        name: the profile; it is made even where it has no settings, since Prefect does not start with an
            active profile that is missing.
        settings: ``PREFECT_…`` names to values.
        activate: make it the active profile.
    """
    active = ((ACTIVE, quote_toml(name)),) if activate else ()
    keys = ((profile_key(name, key), quote_toml(value)) for key, value in settings.items())
    return *active, (table_key(name), TABLE), *keys


def table_key(name: str) -> str:
    """The profile itself."""
    return render_key("profiles", name)


def normal_value(value: str) -> str:
    """A text as :data:`PROFILES` compares it."""
    return normal_toml(quote_toml(value))


def find_profile(text: str, name: str) -> dict[str, object] | None:
    """The keys of a profile, with ``active`` among them, or ``None`` when there is no such profile.

    Raises:
        DiscoveryError: ``profiles-invalid``.
    """
    try:
        document = read_toml(text)
    except ValueError as error:
        raise DiscoveryError("profiles-invalid", f"`profiles.toml` is not valid TOML: {error}") from error
    profiles = document.get("profiles", {})
    profile = profiles.get(name) if isinstance(profiles, dict) else None
    return {**profile, ACTIVE: document.get(ACTIVE)} if isinstance(profile, dict) else None
