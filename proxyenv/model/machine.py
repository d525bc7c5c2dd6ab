"""What the catalogue may ask of a machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.installation import Layout
    from proxyenv.model.windows import Whose, WindowsProxy


class Machine(Protocol):
    """A machine that answers and cannot be changed: this one, or in a test a dictionary."""

    @property
    def platform(self) -> str:
        """As ``sys.platform`` says it."""

    @property
    def home(self) -> Path:
        """The user's home directory."""

    @property
    def root(self) -> Path:
        """What the files of the system are below."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment variables."""

    @property
    def nameable(self) -> Mapping[str, str]:
        """The environment variables whose values a file may ask for by name."""

    @property
    def layout(self) -> Layout:
        """Where the files of this installation are."""

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        """A path as a user wrote it, made absolute; *expand* says whether ``~`` is the home."""

    @property
    def is_root(self) -> bool:
        """Whether this process may write what belongs to the system."""

    def which(self, program: str, *, directories: str | None = None) -> Path | None:
        """Where a program is on the ``PATH``, or in *directories*, which are written like one."""

    def version(self, program: str) -> str | None:
        """What a program says of its version; ``None`` where it is not here or does not say."""

    def exists(self, path: Path) -> bool:
        """Whether anything is there."""

    def read(self, path: Path) -> str | None:
        """The text of a file, or ``None`` where there is none that may be read."""

    def content(self, path: Path) -> bytes | None:
        """The bytes of a file, or ``None`` where there is none that may be read."""

    def may_copy(self, path: Path) -> bool:
        """Whether what is in a file that a file of the home names may get into that home."""

    def run(self, program: Path, *arguments: str, seconds: float) -> bytes | None:
        """What a program prints that only reads; ``None`` where it fails, or takes longer than *seconds*."""

    def registry(self, key: str) -> Mapping[str, str | int]:
        """The texts and numbers of a key of Windows' registry; nothing where there is none."""

    def windows_proxy(self, whose: Whose) -> WindowsProxy | None:
        """What Windows answers to what the proxy is; ``None`` elsewhere."""

    def files(self, directory: Path) -> tuple[Path, ...]:
        """The files of a directory, sorted; none where it cannot be listed."""

    def is_file(self, path: Path) -> bool:
        """Whether there is a regular file, or a symlink to one."""

    def glob(self, directory: Path, pattern: str) -> tuple[Path, ...]:
        """What there is below a directory that a pattern names, sorted."""

    def resolve(self, path: Path) -> Path:
        """The path with every symlink followed."""

    def link(self, path: Path) -> str | None:
        """The target of a symlink, or ``None`` where there is none."""

    def may_write(self, path: Path) -> bool:
        """Whether this process may write to what is there."""

    def find_closed(self, path: Path) -> Path | None:
        """The first directory on the way to *path* that only its owner may enter."""
