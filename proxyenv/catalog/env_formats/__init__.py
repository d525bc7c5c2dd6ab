"""What ``env --format`` prints for programs that are no shell, such as CI systems and Docker.

To add a format, write an ``EnvFormat`` into the ``FORMATS`` of the module where it belongs, such as ``ci``;
a new module goes into the list below. Then run `scripts/tables`, which adds it to docs/shells.md.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.catalog.env_formats.env_format import EnvFormat

MODULES: Final = ("ci", "docker", "systemd", "direnv", "json_files", "projects")
"""The modules."""

WRITTEN: Final = ("docker",)
"""Those of the modules with a format that ``setup`` writes into an env file; nearly every verb needs them."""


@cache
def load_formats(modules: tuple[str, ...] = MODULES) -> tuple[EnvFormat, ...]:
    """Every format of these modules, sorted by name; they are imported at the first call."""
    formats = (each for name in modules for each in import_module(f"{__name__}.{name}").FORMATS)
    return tuple(sorted(formats, key=lambda each: each.name))


def find_format(name: str) -> EnvFormat | None:
    """The format of this name."""
    return next((each for each in load_formats() if each.name == name), None)
