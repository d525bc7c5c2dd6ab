"""An image as the catalogue may ask it: the machine that a container of it would be."""

from __future__ import annotations

import posixpath
import re
from fnmatch import translate
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.model.installation import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.decide.images.tree import ImageTree
    from proxyenv.model.windows import Whose, WindowsProxy


class ImageMachine(NamedTuple):
    """A :class:`~proxyenv.model.machine.Machine` that reads an image; nothing is run.

    Args:
        tree: its files.
        environment: its variables.
        home: of its user.
    """

    tree: ImageTree
    environment: Mapping[str, str]
    home: Path
    platform: str = "linux"
    root: Path = Path("/")
    is_root: bool = False

    @property
    def nameable(self) -> Mapping[str, str]:
        """Its variables."""
        return self.environment

    @property
    def layout(self) -> Layout:
        """Where an installation would be."""
        return Layout.under(self.root / "etc/proxyenv")

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        """A path as a user wrote it, made absolute."""
        if expand and (text == "~" or text.startswith("~/")):
            return self.home / text[2:]
        return self.root / text

    def which(self, program: str, *, directories: str | None = None) -> Path | None:
        """Where a program is on the ``PATH``, or in *directories*."""
        places = (directories or self.environment.get("PATH", "/usr/bin:/bin")).split(":")
        return next(
            (path for path in (Path(place) / program for place in places) if self.is_file(path)), None
        )

    def version(self, program: str) -> str | None:  # noqa: ARG002 - nothing is run
        """Nothing: it is not run."""
        return None

    def exists(self, path: Path) -> bool:
        """Whether anything is there; where not every path is known, yes."""
        return self.tree.follow(_inside(path)).node is not None or not self.tree.is_whole

    def read(self, path: Path) -> str | None:
        """The text of a file, or ``None`` where there is none, or it was not kept."""
        content = self.tree.read(_inside(path))
        return None if content is None else content.decode("utf-8", "replace")

    def content(self, path: Path) -> bytes | None:
        """The bytes of a file, or ``None`` where there is none, or it was not kept."""
        return self.tree.read(_inside(path))

    def may_copy(self, path: Path) -> bool:  # noqa: ARG002 - nothing is copied
        """Whatever there is: nothing is copied."""
        return True

    def run(self, program: Path, *arguments: str, seconds: float) -> bytes | None:  # noqa: ARG002 - nothing is run
        """Nothing: it is not run."""
        return None

    def registry(self, key: str) -> Mapping[str, str | int]:  # noqa: ARG002 - images of Windows are not read
        """Nothing."""
        return {}

    def windows_proxy(self, whose: Whose) -> WindowsProxy | None:  # noqa: ARG002 - the same
        """Nothing."""
        return None

    def files(self, directory: Path) -> tuple[Path, ...]:
        """The files of a directory, sorted."""
        place = self.tree.follow(_inside(directory))
        names = self.tree.children(place.path) if place.node else ()
        return tuple(path for path in (directory / name for name in names) if self.is_file(path))

    def is_file(self, path: Path) -> bool:
        """Whether there is a regular file, or a symlink to one."""
        node = self.tree.follow(_inside(path)).node
        return node is not None and node.kind == "file"

    def glob(self, directory: Path, pattern: str) -> tuple[Path, ...]:
        """What there is below a directory that a pattern names, sorted."""
        start = self.tree.follow(_inside(directory)).path
        wanted = re.compile(translate(pattern.removeprefix("**/")))
        below = f"{start}/" if start else ""
        names = {
            path.removeprefix(below)
            for layer in self.tree.layers
            for path in layer.nodes
            if path.startswith(below)
        }
        deep = pattern.startswith("**/")
        depth = pattern.count("/")
        return tuple(
            directory / name
            for name in sorted(names)
            if (deep or name.count("/") == depth)
            and wanted.match(posixpath.basename(name) if deep else name)
            and self.tree.find(below + name)
        )

    def resolve(self, path: Path) -> Path:
        """The path with every symlink followed."""
        return self.root / self.tree.follow(_inside(path)).path

    def link(self, path: Path) -> str | None:
        """The target of a symlink, or ``None`` where there is none."""
        found = self.tree.find(_inside(path))
        return None if found is None else self.tree.layers[found[0]].links.get(_inside(path))

    def may_write(self, path: Path) -> bool:  # noqa: ARG002 - nothing is written
        """Nothing is written."""
        return False

    def find_closed(self, path: Path) -> Path | None:  # noqa: ARG002 - the rules of images look themselves
        """Nothing: who reads what is judged by the rules of images."""
        return None


def _inside(path: Path) -> str:
    """A path without its leading slash, whatever system this is."""
    pure = PurePosixPath(path.as_posix())
    return "/".join(part for part in pure.parts if part != "/" and not part.endswith(":"))
