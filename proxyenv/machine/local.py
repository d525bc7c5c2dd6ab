"""This machine, as the catalogue may ask it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.machine.content import find_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout


@dataclass(frozen=True, slots=True)
class LocalMachine:
    """A :class:`~proxyenv.model.machine.Machine` that reads this machine.

    Args:
        host: the user and the surroundings.
        root: what the files of the system are below.
    """

    host: Host
    root: Path = Path("/")

    @property
    def platform(self) -> str:
        """As ``sys.platform`` says it."""
        return self.host.platform

    @property
    def home(self) -> Path:
        """The user's home directory."""
        return self.host.home

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables."""
        return self.host.environment

    @property
    def layout(self) -> Layout:
        """Where the files of this installation are."""
        return self.host.layout

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        """A path as a user wrote it, made absolute."""
        return self.host.absolute(text, expand=expand)

    def which(self, program: str) -> Path | None:
        """Where a program is on the ``PATH``."""
        found = shutil.which(program, path=self.environment.get("PATH", os.defpath))
        return Path(found) if found else None

    def exists(self, path: Path) -> bool:
        """Whether anything is there; never raises."""
        return os.path.exists(path)  # noqa: PTH110 - never raises

    def read(self, path: Path) -> str | None:
        """The text of a file, or ``None`` where there is none that may be read."""
        return find_text(path)

    def files(self, directory: Path) -> tuple[Path, ...]:
        """The files of a directory, sorted; none where it cannot be listed."""
        try:
            return tuple(sorted(path for path in directory.iterdir() if path.is_file()))
        except OSError:
            return ()

    def find_closed(self, path: Path) -> Path | None:
        """The first directory on the way that only its owner may enter; one that is missing will be open."""
        for directory in reversed(path.parents):
            try:
                mode = directory.stat().st_mode
            except FileNotFoundError:
                return None
            except PermissionError:
                return directory.parent
            if not mode & 0o001:
                return directory
        return None
