"""Reads archives of images: of ``docker save``, before and since Docker 25, OCI layouts, ``dir:`` of skopeo.

One pass, in whatever order the parts come: small JSON is kept, whatever unpacks to a tar is a layer, and what
belongs together is known at the end. Docker 20.10 and skopeo wrote what this was tried with; see
the OCI image specification, "image-layout.md", "manifest.md" and "config.md".
"""

from __future__ import annotations

import posixpath
from bisect import bisect
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.entries import read_tar
from proxyenv.machine.images.headers import BLOCK, is_header
from proxyenv.machine.images.layer import LayerReader, Room
from proxyenv.machine.images.manifests import Manifests, OtherPart
from proxyenv.machine.images.parse import is_statement, parse_config
from proxyenv.machine.images.reader import damaged, is_compressed, unpack
from proxyenv.model.image import Image, LayerContent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.decide.images.secrets import Known
    from proxyenv.machine.images.entries import Entry
    from proxyenv.machine.images.manifests import NamedImage
    from proxyenv.machine.images.reader import Allowance
    from proxyenv.model.image import ImageConfig

LARGEST_DOCUMENT: Final = 4 * 1024 * 1024
_MOST_DOCUMENTS: Final = 16 * 1024 * 1024
_MOST_PARTS: Final = 10_000
_MOST_NAMED: Final = {
    "configuration": 16 * 1024 * 1024,
    "layers": 20_000,
    "paths": 5_000_000,
    "hits": 200_000,
}
"""What all images together may name; 64 alike, of 30 layers and 60,000 files, stay below.

It is the sum that takes time: whether many small images or few large ones have it is all one.
"""
_MOST_LINKS: Final = 4
_NO_CONTENT: Final = b"{}"


class _Link(NamedTuple):
    """A part that is another one.

    Args:
        target: the path of that.
    """

    target: str


_Part: TypeAlias = "_Link | OtherPart | bytes | LayerContent | DiscoveryError | None"


class ArchiveReader:
    """Takes the files of an archive.

    Args:
        name: of the archive, for messages.
        known: the passwords to search for exactly.
        allowance: how much of it is read.
        progress: told of each layer that begins.
    """

    def __init__(
        self, name: str, known: Known, allowance: Allowance, progress: Callable[[str], None]
    ) -> None:
        self._name = name
        self._known = known
        self._allowance = allowance
        self._progress = progress
        self._room = Room()
        self._parts: dict[str, _Part] = {}
        self._left = _MOST_DOCUMENTS
        self._configs: dict[str, ImageConfig] = {}
        self._named: Counter[str] = Counter()

    def read(self, parts: Iterator[Entry]) -> tuple[Image, ...]:
        """The images of the archive, in its order.

        Args:
            parts: its files.

        Raises:
            DiscoveryError: ``image-unreadable`` or ``image-zstd``.
        """
        for number, part in enumerate(parts):
            if number > _MOST_PARTS:
                raise damaged(self._name, "has more parts than any image has")
            if part.kind != "directory":
                self._take(part)
        self._require_places()
        manifests = Manifests(self._name, self._parts)
        first, *others = (self._assemble(each, manifests) for each in manifests.find_images())
        return (first._replace(notes=tuple(manifests.notes)), *others)

    def _take(self, part: Entry) -> None:
        """Keep a part. Some writers have one twice: only one counts, so none is used if both differ."""
        found = self._read_part(part)
        if found != self._parts.setdefault(part.path, found):
            self._parts[part.path] = damaged(self._name, f"has `{_shorten(part.path)}` twice, and not alike")

    def _read_part(self, part: Entry) -> _Part:
        if part.kind == "link":
            return _Link(posixpath.normpath(posixpath.join(posixpath.dirname(part.path), part.target)))
        if part.is_hard_link:
            return _Link(part.target)
        return self._read_file(part) if part.kind == "file" else None

    def _read_file(self, part: Entry) -> _Part:
        content = part.read() if part.size else iter(())
        first = next(content, b"")
        whole = chain((first,), content)
        if not first:
            return b""
        if is_header(first[:BLOCK]) or is_compressed(first) or not first[:BLOCK].strip(b"\0"):
            return self._read_layer(part.path, whole)
        if first.lstrip()[:1] in {b"{", b"["}:
            return self._read_document(part, whole)
        return OtherPart()

    def _read_document(self, part: Entry, content: Iterator[bytes]) -> bytes | None:
        if part.size > LARGEST_DOCUMENT:
            return None
        document = b"".join(content)
        if is_statement(document):  # it may be large, and there may be many
            return _NO_CONTENT
        if len(document) > self._left:
            return None
        self._left -= len(document)
        return document

    def _read_layer(self, path: str, content: Iterator[bytes]) -> LayerContent | DiscoveryError:
        self._progress(f"reading the layer {_shorten(path)}")
        name = f"{self._name}: {_shorten(path)}"
        reader = LayerReader(_shorten(path), self._known, self._room, self._allowance)
        try:
            chunks = unpack(content, name, self._allowance)
            return reader.read(read_tar(chunks, name, reader.ignore))
        except DiscoveryError as error:
            return error  # it may be a blob that no image has for a layer

    def _require_places(self) -> None:
        """What lies below a link would be at another place, and below a file at none."""
        ordered = sorted(self._parts)
        for path in ordered:
            following = bisect(ordered, f"{path}/")
            if following < len(ordered) and ordered[following].startswith(f"{path}/"):
                raise damaged(self._name, f"has parts below `{_shorten(path)}`, which is no directory")

    def _assemble(self, wanted: NamedImage, manifests: Manifests) -> Image:
        path = self._resolve(wanted.config)
        if path not in self._configs:
            config = manifests.parse(path)
            if not isinstance(config, dict):
                raise damaged(self._name, f"lacks the configuration `{_shorten(wanted.config)}`")
            try:
                self._configs[path] = parse_config(config)
            except ValueError as error:
                raise damaged(self._name, f"cannot be read: of the configuration, {error}") from error
        layers = tuple(map(self._find_layer, wanted.layers))
        document = self._parts[path]
        self._spend(len(document) if isinstance(document, bytes) else 0, layers)
        return Image(wanted.name, layers, self._configs[path])

    def _find_layer(self, path: str) -> LayerContent:
        layer = self._parts.get(self._resolve(path))
        if isinstance(layer, DiscoveryError):
            raise layer
        if not isinstance(layer, LayerContent):
            if isinstance(layer, OtherPart):
                raise damaged(f"{self._name}: {_shorten(path)}", "is no tar, or is damaged or cut off")
            raise damaged(self._name, f"lacks the layer `{_shorten(path)}`")
        return layer

    def _spend(self, size: int, layers: tuple[LayerContent, ...]) -> None:
        """Each image is judged by itself, and many may name one part: what they name has a limit."""
        self._named["configuration"] += size
        self._named["layers"] += len(layers)
        for layer in layers:
            self._named["paths"] += len(layer.nodes) + len(layer.removed) + len(layer.opaque)
            self._named["hits"] += len(layer.hits)
        if any(self._named[each] > most for each, most in _MOST_NAMED.items()):
            raise damaged(self._name, "names its parts more often than any archive does")

    def _resolve(self, path: str) -> str:
        """Docker writes a layer that an archive has twice as a symlink."""
        for _ in range(_MOST_LINKS):
            part = self._parts.get(path)
            path = part.target if isinstance(part, _Link) else path
        return path


def _shorten(path: str) -> str:
    """The digest that a part is named by, in short."""
    words = [word for word in path.removesuffix("/layer.tar").removesuffix(".tar").split("/") if word]
    return words[-1][:12] if words else path
