"""Keeps what programs said of their versions, in the user's cache directory."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from proxyenv.apply.atomic import publish, stage
from proxyenv.apply.faults import Fault
from proxyenv.model.change import FileState

if TYPE_CHECKING:
    from pathlib import Path


def keep_versions(path: Path, content: bytes) -> None:
    """Write the file, for its owner alone. Where that is not possible programs are asked again next time."""
    with contextlib.suppress(OSError, Fault):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stage(path, FileState(content, 0o600))
        publish(path)


def forget_versions(path: Path) -> None:
    """Remove the file, and its directory where it is empty then."""
    with contextlib.suppress(OSError):
        path.unlink()
        path.parent.rmdir()
