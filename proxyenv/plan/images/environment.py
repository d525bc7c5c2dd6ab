"""The environment of an image as files, and Prefect's profile there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.env_formats.docker import render_env_list
from proxyenv.catalog.env_formats.env_format import refuse_passwords
from proxyenv.catalog.shells.posix import render_posix
from proxyenv.formats.profile import PROFILES, profile_settings
from proxyenv.model.folder import PROGRAM, FolderFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.plan.images.order import ImageOrder

RUN: Final = "run"
"""The program that runs a command in the environment of the image."""

PROFILE: Final = "proxyenv"

PLUGINS: Final = {"PREFECT_PLUGINS_ENABLED": "true", "PREFECT_PLUGINS_ALLOW": "proxyenv,proxyenv-plugin"}
"""proxyenv's own plugin where it is installed, or else that of the wheel."""

_RUN: Final = """\
#!/bin/sh
# `{directory}/run COMMAND ...` runs it with proxy and CA, also where the environment was cleared.
. {env}
exec "$@"
"""


def render_environment(order: ImageOrder) -> Iterator[FolderFile]:
    """``env.sh``, ``env.list``, the program that runs a command with them, and ``profiles.toml``.

    Raises:
        PlanError: ``value-unrepresentable`` or ``password-refused``.
    """
    target = order.target
    variables = target.exports
    refuse_passwords(variables, where=target.place.title)
    layout = target.layout
    yield FolderFile("env.sh", render_posix(variables).encode())
    yield FolderFile("env.list", render_env_list(variables).encode())
    program = _RUN.format(directory=layout.directory, env=layout.env_file("sh"))
    yield FolderFile(RUN, program.encode(), PROGRAM)
    yield FolderFile("profiles.toml", _render_profile(order).encode())


def _render_profile(order: ImageOrder) -> str:
    text = ""
    for key, value in profile_settings(PROFILE, {**order.target.settings, **PLUGINS}, activate=True):
        text = PROFILES.set(text, key, value, source="`profiles.toml`")
    return text
