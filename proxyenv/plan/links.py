"""What became a link after it was written: directories of a home and files in them, as stow does it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from proxyenv.errors import PlanError
from proxyenv.model.receipt import EarlierFile, FileEntry
from proxyenv.plan.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from proxyenv.model.change import Kind
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import EarlierSetup, Receipt

_File = TypeVar("_File", FileEntry, EarlierFile)


def resolve_receipt(receipt: Receipt, resolve: Callable[[Path], str]) -> Receipt:
    """A receipt whose files are named as they lie today.

    Somebody else's file is written through a link. A file or a directory that only proxyenv writes, and that
    is a link now, is not what was written, and keeps its name. A directory that is a link is left out: what
    it leads to was not made by proxyenv.

    Args:
        receipt: as it was written.
        resolve: follows every symlink of a path.
    """
    return _Resolver(resolve).move_receipt(receipt)


class _Resolver:
    """Looks at each directory once: a receipt names many files of few."""

    def __init__(self, resolve: Callable[[Path], str]) -> None:
        self._resolve = resolve
        self._directories: dict[Path, Path] = {}

    def move_receipt(self, receipt: Receipt) -> Receipt:
        return receipt._replace(
            entries=tuple(map(self._move_file, receipt.entries)),
            directories=tuple(
                dict.fromkeys(
                    place for each in receipt.directories if (place := self._name(each)) == self._follow(each)
                )
            ),
            previous=self.move_receipt(receipt.previous) if receipt.previous else None,
            replaced=self._move_generation(receipt.replaced) if receipt.replaced else None,
            off=self._move_generation(receipt.off) if receipt.off else None,
        )

    def _move_generation(self, generation: EarlierSetup) -> EarlierSetup:
        files = tuple(map(self._move_file, generation.files))
        return generation._replace(receipt=self.move_receipt(generation.receipt), files=files)

    def _move_file(self, file: _File) -> _File:
        return file._replace(path=self._find_place(file.path, file.kind))

    def _find_place(self, path: Path, kind: Kind) -> Path:
        return self._name(path) if KINDS[kind].is_ours else Path(self._resolve(path))

    def _name(self, path: Path) -> Path:
        """Every symlink above it followed."""
        return self._follow(path.parent) / path.name

    def _follow(self, directory: Path) -> Path:
        if directory not in self._directories:
            self._directories[directory] = Path(self._resolve(directory))
        return self._directories[directory]


def leads_away(installation: Installation, path: Path) -> bool:
    """Whether a link lies where a file is named, of a receipt as :func:`resolve_receipt` gives it."""
    return installation.links.get(path, path) != path


def require_no_links(installation: Installation, entries: Iterable[FileEntry]) -> None:
    """Refuse to write where a link has taken the place of what only proxyenv writes.

    Args:
        installation: every file as it is.
        entries: of receipts.

    Raises:
        PlanError: ``foreign-file``.
    """
    for entry in entries:
        if KINDS[entry.kind].is_ours and leads_away(installation, entry.path):
            raise foreign_link(installation, entry.path)


def foreign_link(installation: Installation, path: Path) -> PlanError:
    """The error of such a link."""
    return PlanError(
        "foreign-file",
        f"`{path}` is a link now, which proxyenv did not make",
        hint=f"put back in its place what it leads to, `{installation.links[path]}`",
    )
