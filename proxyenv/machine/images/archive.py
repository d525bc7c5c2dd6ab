"""Reads archives of images: what ``docker save`` writes, before and since Docker 25, and OCI layouts.

One pass, in whatever order the parts come: small JSON is kept, whatever unpacks to a tar is a layer, and what
belongs together is known at the end. Docker 20.10 and skopeo wrote what this was tried with; see
the OCI image specification, "image-layout.md", "manifest.md" and "config.md".
"""

from __future__ import annotations

import posixpath
from collections import Counter
from itertools import chain
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.entries import read_tar
from proxyenv.machine.images.layer import LayerReader, Room
from proxyenv.machine.images.manifests import BLOBS, Manifests
from proxyenv.machine.images.parse import parse_config
from proxyenv.machine.images.reader import damaged, unpack
from proxyenv.model.image import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.decide.images.secrets import Known
    from proxyenv.machine.images.entries import Entry
    from proxyenv.machine.images.manifests import NamedImage
    from proxyenv.machine.images.reader import Allowance
    from proxyenv.model.image import ImageConfig, LayerContent

_LARGEST_DOCUMENT: Final = 4 * 1024 * 1024
_MOST_DOCUMENTS: Final = 16 * 1024 * 1024
_MOST_PARTS: Final = 10_000
_MOST_NAMED: Final = {
    "configuration": 16 * 1024 * 1024,
    "layers": 2_000,
    "paths": 5_000_000,
    "hits": 200_000,
}
"""What all images together may name; 64 alike, of 30 layers and 60,000 files, stay below."""
_MOST_LINKS: Final = 4
_MAGIC: Final = slice(257, 262)
"""Where a tar says that it is one."""
_BEGINNING: Final = 4096
_STATEMENT: Final = b"in-toto"
"""What a builder states about an image, such as the list of its packages; it may be large."""


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
        self._documents: dict[str, bytes] = {}
        self._left = _MOST_DOCUMENTS
        self._layers: dict[str, LayerContent | DiscoveryError] = {}
        self._links: dict[str, str] = {}
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
            if part.kind == "link":
                self._links[part.path] = posixpath.normpath(
                    posixpath.join(posixpath.dirname(part.path), part.target)
                )
            elif part.is_hard_link:
                self._links[part.path] = part.target
            elif part.kind == "file" and part.size > 0:
                self._take(part)
        manifests = Manifests(self._name, self._documents)
        return tuple(self._assemble(each, manifests) for each in manifests.find_images())

    def _take(self, part: Entry) -> None:
        content = part.read()
        first = next(content, b"")
        whole = chain((first,), content)
        if first[_MAGIC].startswith(b"ustar"):
            self._take_layer(part.path, whole)
        elif first.lstrip()[:1] in {b"{", b"["}:
            if part.size <= min(_LARGEST_DOCUMENT, self._left) and _STATEMENT not in first[:_BEGINNING]:
                self._left -= part.size
                self._documents[part.path] = b"".join(whole)
        elif part.path.startswith(BLOBS) or part.path.endswith(".tar"):
            self._take_layer(part.path, whole)

    def _take_layer(self, path: str, content: Iterator[bytes]) -> None:
        self._progress(f"reading the layer {_shorten(path)}")
        name = f"{self._name}: {_shorten(path)}"
        reader = LayerReader(_shorten(path), self._known, self._room, self._allowance)
        try:
            chunks = unpack(content, name, self._allowance)
            self._layers[path] = reader.read(read_tar(chunks, name, reader.ignore))
        except DiscoveryError as error:
            self._layers[path] = error  # it may be a blob that no image has for a layer

    def _assemble(self, wanted: NamedImage, manifests: Manifests) -> Image:
        path = self._resolve(wanted.config)
        if path not in self._configs:
            config = manifests.parse(path)
            if not isinstance(config, dict):
                raise damaged(self._name, f"lacks the configuration `{_shorten(wanted.config)}`")
            self._configs[path] = parse_config(config)
        layers = tuple(map(self._find_layer, wanted.layers))
        self._spend(len(self._documents[path]), layers)
        return Image(wanted.name, layers, self._configs[path])

    def _find_layer(self, path: str) -> LayerContent:
        layer = self._layers.get(self._resolve(path))
        if isinstance(layer, DiscoveryError):
            raise layer
        if layer is None:
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
            path = self._links.get(path, path)
        return path


def _shorten(path: str) -> str:
    """The digest that a part is named by, in short."""
    words = [word for word in path.removesuffix("/layer.tar").removesuffix(".tar").split("/") if word]
    return words[-1][:12] if words else path
