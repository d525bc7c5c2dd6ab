"""The files of an image as a container sees them, and what a user of it may read."""

from __future__ import annotations

import posixpath
from itertools import chain
from operator import itemgetter
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import DiscoveryError
from proxyenv.model.image import Node

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from proxyenv.model.image import ImageConfig, LayerContent

_MOST_LINKS: Final = 40
"""As Linux has it."""
_MOST_STEPS: Final = 50_000
"""Of all paths that are followed in one image, each part of a path being one: Debian takes 2,000."""
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


class _Step(NamedTuple):
    """What is at a path, no symlink followed.

    Args:
        path: without a leading slash.
        layer: the index of the layer that has it.
        node: what is there.
    """

    path: str
    layer: int
    node: Node


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
        listings = {id(layer): _list(layer) for layer in layers}  # a layer may be there many times
        self._listings = tuple(listings[id(layer)] for layer in layers)
        self._saying: dict[str, list[int]] = {}
        for number, listing in enumerate(self._listings):
            for directory in listing:
                self._saying.setdefault(directory, []).append(number)
        self._bottoms: dict[str, int] = {}
        self._places: dict[str, _Step | None] = {}
        self._reached: dict[str, Reached] = {}
        self._steps_left = _MOST_STEPS

    def find(self, path: str) -> tuple[int, Node] | None:
        """What is at a path, no symlink followed, and the index of the layer that has it."""
        implied = None if path else (0, _ROOT)
        bottom = self._find_bottom(path.rpartition("/")[0]) if path else 0
        for number in reversed(self._find_saying(path)):
            if number < bottom:
                break
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
        """Where a path leads, every symlink followed; a circle leads nowhere.

        Raises:
            DiscoveryError: ``image-unreadable``: all that was followed leads further than in any image.
        """
        if path not in self._reached:
            self._reached[path] = self._walk(path)
        return self._reached[path]

    def read(self, path: str) -> bytes | None:
        """The content of a file, where it was kept."""
        place = self.follow(path)
        return self.layers[place.layer].kept.get(place.path) if place.node else None

    def children(self, directory: str) -> tuple[str, ...]:
        """The names in a directory, sorted."""
        found: set[str] = set()
        removed: set[str] = set()
        seen: set[int] = set()
        bottom = self._find_bottom(directory)
        for number in reversed(self._saying.get(directory, ())):
            layer = self.layers[number]
            if number < bottom or id(layer) in seen:  # a layer below itself adds nothing
                continue
            seen.add(id(layer))
            paths = self._listings[number][directory]
            found.update(path for path in paths if path in layer.nodes and path not in removed)
            removed.update(path for path in paths if path in layer.removed)
        return tuple(sorted(path.rpartition("/")[2] for path in found))

    def kept(self) -> Iterator[tuple[int, str, bytes]]:
        """Every file whose content was kept and that a container sees: the layer's index, path, content."""
        wanted = {path for layer in self.layers for path in layer.kept}
        hidden: set[str] = set()
        seen: list[tuple[int, str, bytes]] = []
        for number in range(len(self.layers) - 1, -1, -1):
            layer = self.layers[number]
            for path, content in layer.kept.items():
                if path not in hidden and number >= self._find_bottom(path.rpartition("/")[0]):
                    seen.append((number, path, content))
            hidden |= layer.removed & wanted
            hidden |= {path for path in layer.nodes.keys() & wanted if layer.nodes[path].kind != "implied"}
        yield from sorted(seen, key=itemgetter(0))

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

    def _walk(self, path: str) -> Reached:
        rest = _split(path)
        here, links = "", 0
        directories: dict[str, Node] = {}
        while rest:
            self._take_step()
            part = rest.pop()
            if part == "..":
                here = posixpath.dirname(here)
                continue
            inside = self._see(here)
            if inside and inside.node.kind in {"directory", "implied"}:
                directories[inside.path] = inside.node
            place = self._see(f"{here}/{part}" if here else part)
            if place is None:
                missing = "/".join((here, part, *rest[::-1])).lstrip("/")
                return Reached(missing, None, 0, tuple(directories.items()))
            name, layer, node = place
            if node.kind != "link" or self._is_written_over(layer, name, rest):
                here = name
                continue
            links += 1
            target = self.layers[layer].links.get(name, "")
            if links > _MOST_LINKS or not target:
                return Reached(name, None, 0, tuple(directories.items()))
            here = "" if target.startswith("/") else here
            rest += _split(target)
        final = self._see(here)
        return Reached(here, final and final.node, final.layer if final else 0, tuple(directories.items()))

    def _take_step(self) -> None:
        self._steps_left -= 1
        if self._steps_left < 0:
            raise DiscoveryError(
                "image-unreadable", "the paths and symlinks of the image lead further than those of any image"
            )

    def _is_written_over(self, layer: int, link: str, rest: list[str]) -> bool:
        """Whether a layer above a symlink has the rest of a path under the symlink's own name.

        Its directory has no entry of its own there. Some systems replace the symlink by it, others write
        through the symlink: the file has that name in both.
        """
        return (
            bool(rest)
            and any(
                number > layer and link in self.layers[number].nodes for number in self._find_saying(link)
            )
            and self.find("/".join((link, *rest[::-1]))) is not None
        )

    def _see(self, path: str) -> _Step | None:
        """As :meth:`find`, for a path on the way to another: many lead through it, and it is kept once."""
        if path not in self._places:
            found = self.find(path)
            self._places[path] = _Step(path, *found) if found else None
        return self._places[path]

    def _find_saying(self, path: str) -> Sequence[int]:
        """The layers that say something of what is in the directory of a path, the lowest first."""
        return self._saying.get(path.rpartition("/")[0], ()) if path else range(len(self.layers))

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
            hiding = (number for number in reversed(self._find_saying(each)) if self._hides(number, each))
            bottom = self._bottoms[each] = max(bottom, next(hiding, bottom))
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


def _list(layer: LayerContent) -> Mapping[str, Sequence[str]]:
    """Directory → the paths in it of which a layer says something."""
    found: dict[str, list[str]] = {}
    for path in chain(layer.nodes, layer.removed, layer.opaque):
        if path:
            found.setdefault(path.rpartition("/")[0], []).append(path)
    return found


def _split(path: str) -> list[str]:
    """The parts of a path, the last first."""
    return [part for part in path.split("/") if part not in {"", "."}][::-1]


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
