"""What is installed already, and the files that a plan may touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.errors import DiscoveryError
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.file_state import FileState
    from proxyenv.model.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Installation:
    """The traces of earlier runs, read without parsing a certificate.

    Args:
        receipt: what an earlier run wrote, or ``None``.
        configuration: what an earlier run decided, or ``None``.
        damage: why the configuration cannot be used; whoever needs it raises this.
        files: every file that a plan may touch, by its resolved path; ``None`` where it is absent.
        unreadable: those that cannot be read, with the reason; whoever needs one raises it.
        links: path as named → resolved path, for each of those files.
        missing_directories: parents of those files that do not exist, outermost first.
        temporary: what a killed run left behind.
    """

    receipt: Receipt | None = None
    configuration: Configuration | None = None
    damage: DiscoveryError | None = None
    files: Mapping[Path, FileState | None] = field(default_factory=lambda: MappingProxyType({}))
    unreadable: Mapping[Path, DiscoveryError] = field(default_factory=lambda: MappingProxyType({}))
    links: Mapping[Path, Path] = field(default_factory=lambda: MappingProxyType({}))
    missing_directories: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()

    def state(self, path: Path) -> FileState | None:
        """A file as it is, by its name or its resolved path; ``None`` when it is absent.

        Raises:
            DiscoveryError: ``file-unreadable``.
        """
        real = self.links.get(path, path)
        if real in self.unreadable:
            raise self.unreadable[real]
        return self.files.get(real)

    def exists(self, path: Path) -> bool:
        """Whether there is something at a resolved path, readable or not."""
        return path in self.unreadable or self.files.get(path) is not None
