"""What is installed already, and the files that a plan may touch."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.file_state import FileState
    from proxyenv.model.receipt import Receipt


@dataclass(frozen=True, slots=True)
class Installation:
    """The traces of earlier runs, read without parsing a certificate.

    Args:
        receipt: what an earlier run wrote, or ``None``.
        configuration: what an earlier run decided, or ``None``.
        files: every file that a plan may touch, by its resolved path; ``None`` where it is absent.
        links: path as named → resolved path, for each of those files.
        missing_directories: parents of those files that do not exist, outermost first.
        temporary: what a killed run left behind.
    """

    receipt: Receipt | None = None
    configuration: Configuration | None = None
    files: Mapping[Path, FileState | None] = field(default_factory=lambda: MappingProxyType({}))
    links: Mapping[Path, Path] = field(default_factory=lambda: MappingProxyType({}))
    missing_directories: tuple[Path, ...] = ()
    temporary: tuple[Path, ...] = ()
