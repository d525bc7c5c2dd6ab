"""The machine, read once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.layout import Layout


@dataclass(frozen=True, slots=True)
class Host:
    """What the decisions depend on and the user did not say.

    Args:
        platform: as ``sys.platform`` says it.
        home: the user's home directory, absolute.
        directory: the current directory, absolute; Prefect reads settings files there.
        environment: the environment variables, as found.
        shells: the shells that the user has, by name (``bash``, ``fish``, ``sh``, ``zsh``), sorted.
        layout: where the files of this installation lie.
        sudo_user: who called ``sudo``, when the home is not that user's own; else ``None``.
    """

    platform: str
    home: Path
    directory: Path
    environment: Mapping[str, str]
    shells: tuple[str, ...]
    layout: Layout
    sudo_user: str | None = None
