"""Reads one layer: which files it has, what looks like a secret, and the few that rules need whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.decide.images.paths import classify, is_kept, may_be_bundle
from proxyenv.decide.images.secrets import SecretSearch, find_known
from proxyenv.decide.images.settings_files import find_secret_settings
from proxyenv.model.image import Hit, LayerContent, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.images.paths import PathClass
    from proxyenv.decide.images.secrets import Known
    from proxyenv.machine.images.entries import Entry
    from proxyenv.machine.images.reader import Allowance

_MOST_NAMES: Final = 80 * 1024 * 1024
"""What the paths of all layers may take, in bytes of memory, as far as Python tells."""
_PER_NAME: Final = 150
_MOST_KEPT: Final = 32 * 1024 * 1024
"""Of content, in bytes."""
_MOST_HITS: Final = 2000
_MOST_NOTES: Final = 10

_WHITEOUT: Final = ".wh."
_OPAQUE: Final = ".wh..wh..opq"
_PROGRAM: Final = b"\x7fELF"
_MARKER: Final = b"-----BEGIN "
_LOOKED_AT: Final = 64 * 1024
_IMPLIED: Final = Node("implied", 0o755, 0, 0)


class Room:
    """What is left of the memory for all layers of an image."""

    def __init__(self) -> None:
        self.names = _MOST_NAMES
        self.kept = _MOST_KEPT
        self.hits = _MOST_HITS
        self.nodes: dict[Node, Node] = {}
        self.contents: dict[bytes, bytes] = {}


class LayerReader:
    """Takes the entries of one layer.

    Args:
        name: of the layer.
        known: the passwords to search for exactly.
        room: what is left of the memory.
        allowance: what is left of the image's.
    """

    def __init__(self, name: str, known: Known, room: Room, allowance: Allowance) -> None:
        self._name = name
        self._known = known
        self._room = room
        self._allowance = allowance
        self._nodes: dict[str, Node] = {}
        self._links: dict[str, str] = {}
        self._removed: set[str] = set()
        self._opaque: set[str] = set()
        self._kept: dict[str, bytes] = {}
        self._hits: list[Hit] = []
        self._notes: dict[str, None] = {}
        self._is_whole = True

    def ignore(self, what: str) -> None:
        """Something was passed over."""
        if len(self._notes) < _MOST_NOTES:
            self._notes[f"passed over: {what}"] = None

    def read(self, entries: Iterator[Entry]) -> LayerContent:
        """The layer.

        Raises:
            DiscoveryError: ``image-unreadable``.
        """
        for entry in entries:
            self._allowance.take_entry()
            self._take(entry)
        return LayerContent(
            self._name,
            self._nodes,
            self._links,
            frozenset(self._removed),
            frozenset(self._opaque),
            self._kept,
            tuple(self._hits),
            self._is_whole,
            tuple(self._notes),
        )

    def _take(self, entry: Entry) -> None:
        directory, _, name = entry.path.rpartition("/")
        if name.startswith(_WHITEOUT):
            self._take_whiteout(directory, name)
            return
        if find_known(entry.path, self._known):
            self._add_hit(Hit(directory, "known", 0))
            return
        self._remember(entry)
        if entry.is_hard_link:
            if entry.target in self._kept and entry.path in self._nodes:
                self._kept[entry.path] = self._kept[entry.target]
        elif entry.kind == "file" and entry.size > 0:
            self._search(entry)

    def _take_whiteout(self, directory: str, name: str) -> None:
        if name != _OPAQUE and name.startswith(_WHITEOUT * 2):  # what aufs wrote for itself
            return
        removed = name.removeprefix(_WHITEOUT)
        path = directory if name == _OPAQUE else f"{directory}/{removed}" if directory else removed
        if self._has_room(path):
            (self._opaque if name == _OPAQUE else self._removed).add(path)

    def _has_room(self, *names: str) -> bool:
        """Whether names can be kept; if so it is theirs."""
        cost = sum(map(len, names)) + _PER_NAME
        if self._room.names < cost:
            self._is_whole = False
            return False
        self._room.names -= cost
        return True

    def _remember(self, entry: Entry) -> None:
        if not self._has_room(entry.path, entry.target):
            return
        node = Node(entry.kind, entry.mode, entry.uid, entry.gid)
        target = entry.target if entry.kind == "link" else None
        if entry.is_hard_link:  # GNU tar writes one to a symlink too
            node, target = self._nodes.get(entry.target, node), self._links.get(entry.target)
        node = self._room.nodes.setdefault(node, node)
        self._nodes[entry.path] = node
        if target is not None:
            self._links[entry.path] = target
        else:
            self._links.pop(entry.path, None)
        self._kept.pop(entry.path, None)
        parent = entry.path.rpartition("/")[0]
        while parent and parent not in self._nodes:
            self._nodes[parent] = _IMPLIED
            self._room.names -= len(parent) + _PER_NAME
            parent = parent.rpartition("/")[0]

    def _search(self, entry: Entry) -> None:
        kind = classify(entry.path)
        parts = entry.read()
        first = next(parts, b"")
        only_known = kind == "code" or first.startswith(_PROGRAM)
        if not only_known or self._known.needles:
            search = SecretSearch(self._known, is_code=kind != "settings", only_known=only_known)
            content = self._feed(search, entry, kind, first, parts)
            for found, line in search.hits:
                self._add_hit(Hit(entry.path, found, line))
        else:
            content = b"".join((first, *parts)) if is_kept(entry.path, entry.size, kind) else None
        if content is not None:
            self._judge(entry.path, kind, content)

    def _feed(
        self, search: SecretSearch, entry: Entry, kind: PathClass, first: bytes, parts: Iterator[bytes]
    ) -> bytes | None:
        wanted = is_kept(entry.path, entry.size, kind) or (
            may_be_bundle(entry.path, entry.size, kind) and _MARKER in first[:_LOOKED_AT]
        )
        collected = [first]
        search.feed(first)
        for part in parts:
            search.feed(part)
            if wanted:
                collected.append(part)
        return b"".join(collected) if wanted else None

    def _judge(self, path: str, kind: PathClass, content: bytes) -> None:
        if kind == "settings":
            for each in find_secret_settings(path, content):
                self._add_hit(Hit(path, "setting", each.line, each.name))
        if path not in self._nodes:
            return
        content = self._room.contents.setdefault(content, content)
        if self._room.kept < len(content):
            self.ignore("the content of some files that say what is trusted: there are too many")
            return
        self._room.kept -= len(content)
        self._kept[path] = content

    def _add_hit(self, hit: Hit) -> None:
        if self._room.hits > 0:
            self._room.hits -= 1
            self._hits.append(hit)
        else:
            self.ignore("more secrets than are listed")
