"""What ``env --format`` prints for programs that are no shell, such as CI systems and Docker.

Each format is an ``EnvFormat`` value in a module of this package, and is listed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from proxyenv.catalog.env_formats.env_format import EnvFormat


def load_formats() -> tuple[EnvFormat, ...]:
    """Every format."""
    from proxyenv.catalog.env_formats import ci, direnv, docker, json_files, systemd

    return (
        ci.GITHUB,
        ci.GITLAB,
        direnv.DIRENV,
        docker.DOCKER,
        docker.DOCKERFILE,
        json_files.JSON,
        json_files.VSCODE,
        systemd.ENVIRONMENT_D,
        systemd.SYSTEMD,
    )


def find_format(name: str) -> EnvFormat | None:
    """The format of this name."""
    return next((each for each in load_formats() if each.name == name), None)
