"""The files of an image as a container sees them, and what a user of it may read."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.model.image import Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.image import ImageConfig, LayerContent

_MOST_LINKS: Final = 40
"""As Linux has it."""
_LONGEST_ID: Final = len("4294967296")

_ROOT: Final = Node("implied", 0o755, 0, 0)
_READ: Final = 4
_SEARCH: Final = 1


class Reached(NamedTuple):
    """Where a path leads.

    Args:
        path: with every symlink followed, without a leading slash.
        node: what is there; ``None`` where nothing is.
        layer: the index of the layer that has it, from 0.
        directories: every directory on the way.
    """

    path: str
    node: Node | None
    layer: int
    directories: tuple[tuple[str, Node], ...]


class ImageUser(NamedTuple):
    """Who a container runs as.

    Args:
        name: as the image names it.
        uid: the number.
        groups: the numbers of the groups.
        home: the home directory, with a leading slash.
    """

    name: str
    uid: int
    groups: frozenset[int]
    home: str


class ImageTree:
    """All layers as one, looked up from the highest down; nothing is merged, so that it takes little memory.

    Args:
        layers: the lowest first.
    """

    def __init__(self, layers: tuple[LayerContent, ...]) -> None:
        self.layers = layers
        self.is_whole = all(layer.is_whole for layer in layers)
        self._bottoms: dict[str, int] = {}

    def find(self, path: str) -> tuple[int, Node] | None:
        """What is at a path, no symlink followed, and the index of the layer that has it."""
        implied: tuple[int, Node] | None = None
        bottom = 0
        if path:
            bottom = self._find_bottom(path.rpartition("/")[0])
        else:
            implied = (0, _ROOT)
        for number in range(len(self.layers) - 1, bottom - 1, -1):
            layer = self.layers[number]
            node = layer.nodes.get(path)
            if node is not None and node.kind != "implied":
                return number, node
            if node is not None:
                implied = implied or (number, node)
            if path in layer.removed:
                break
        return implied

    def is_current(self, layer: int, path: str) -> bool:
        """Whether a container sees the file that a layer has, and not that of a layer above, or none."""
        found = self.find(path)
        return found is not None and found[0] == layer

    def follow(self, path: str) -> Reached:
        """Where a path leads, every symlink followed; a circle leads nowhere."""
        rest = [part for part in path.split("/") if part not in {"", "."}][::-1]
        here, layer, links = "", 0, 0
        node: Node | None = self._root()
        directories: list[tuple[str, Node]] = []
        while rest:
            part = rest.pop()
            if part == "..":
                here = posixpath.dirname(here)
                continue
            found_here = self.find(here)
            if found_here and found_here[1].kind in {"directory", "implied"}:
                directories.append((here, found_here[1]))
            name = f"{here}/{part}" if here else part
            found = self.find(name)
            if found is None:
                return Reached("/".join((name, *rest[::-1])), None, 0, tuple(directories))
            layer, node = found
            if node.kind != "link":
                here = name
                continue
            links += 1
            target = self.layers[layer].links.get(name, "")
            if links > _MOST_LINKS or not target:
                return Reached(name, None, 0, tuple(directories))
            here = "" if target.startswith("/") else here
            rest += [each for each in target.split("/") if each not in {"", "."}][::-1]
        if not here:
            node = self._root()
        else:
            final = self.find(here)
            layer, node = final or (0, None)
        return Reached(here, node, layer, tuple(dict.fromkeys(directories)))

    def read(self, path: str) -> bytes | None:
        """The content of a file, where it was kept."""
        place = self.follow(path)
        return self.layers[place.layer].kept.get(place.path) if place.node else None

    def children(self, directory: str) -> tuple[str, ...]:
        """The names in a directory, sorted."""
        start = f"{directory}/" if directory else ""
        names = {
            path[len(start) :].partition("/")[0]
            for layer in self.layers
            for path in layer.nodes
            if path.startswith(start) and path != directory
        }
        return tuple(sorted(name for name in names if self.find(f"{start}{name}")))

    def kept(self) -> Iterator[tuple[int, str, bytes]]:
        """Every file whose content was kept and that a container sees: the layer's index, path, content."""
        for number, layer in enumerate(self.layers):
            yield from (
                (number, path, content)
                for path, content in layer.kept.items()
                if self.is_current(number, path)
            )

    def find_unreadable(self, path: str, user: ImageUser) -> str | None:
        """Why a user cannot read a file, as a clause; ``None`` where it can, or nothing is there."""
        place = self.follow(path)
        if place.node is None or user.uid == 0:
            return None
        for directory, node in place.directories:
            if node.kind == "directory" and not _allows(node, user, _SEARCH):
                return f"`/{directory}` has mode {node.mode:04o}"
        if not _allows(place.node, user, _READ):
            return f"`/{place.path}` has mode {place.node.mode:04o}"
        return None

    def _find_bottom(self, directory: str) -> int:
        """The lowest layer of which anything below a directory is seen: what lies lower is hidden."""
        unknown = []
        while directory and directory not in self._bottoms:
            unknown.append(directory)
            directory = directory.rpartition("/")[0]
        if directory not in self._bottoms:
            unknown.append(directory)
        bottom = self._bottoms.get(directory, 0)
        for each in reversed(unknown):
            hiding = (
                number for number in range(len(self.layers) - 1, bottom, -1) if self._hides(number, each)
            )
            bottom = self._bottoms[each] = next(hiding, bottom)
        return bottom

    def _hides(self, number: int, directory: str) -> bool:
        """Whether a layer hides what those below have in a directory."""
        layer = self.layers[number]
        node = layer.nodes.get(directory)
        return (
            directory in layer.removed
            or directory in layer.opaque
            or (node is not None and node.kind in {"file", "link", "other"})
        )

    def _root(self) -> Node:
        found = self.find("")
        return found[1] if found else _ROOT


def find_user(config: ImageConfig, tree: ImageTree) -> ImageUser | None:
    """Who a container of the image runs as; ``None`` where the image does not know its own user."""
    name, _, group = (config.user or "0").partition(":")
    accounts = list(_read_accounts(tree.read("etc/passwd"), fields=6))
    account = next((each for each in accounts if name in {each[0], each[2]}), None)
    if account is None and not _is_id(name):
        return None
    uid = int(account[2]) if account else int(name)
    groups = list(_read_accounts(tree.read("etc/group"), fields=4))
    main = next((each[2] for each in groups if each[0] == group), group) if group else ""
    numbers = {main or (account[3] if account else "0")}
    if account and not group:
        numbers |= {each[2] for each in groups if account[0] in each[3].split(",")}
    home = config.environment.get("HOME") or (account[5] if account else "/root" if uid == 0 else "/")
    return ImageUser(name, uid, frozenset(int(each) for each in numbers if _is_id(each)), home)


def _is_id(text: str) -> bool:
    """Whether it is a number as Linux gives users and groups; Python calls more than ASCII's digits so."""
    return text.isascii() and text.isdigit() and len(text) < _LONGEST_ID


def _read_accounts(content: bytes | None, *, fields: int) -> Iterator[tuple[str, ...]]:
    for line in (content or b"").decode("utf-8", "replace").splitlines():
        parts = tuple(line.split(":"))
        if len(parts) >= fields and _is_id(parts[2]):
            yield parts


def _allows(node: Node, user: ImageUser, bit: int) -> bool:
    shift = 6 if node.uid == user.uid else 3 if node.gid in user.groups else 0
    return bool(node.mode >> shift & bit)
