"""Reads archives of images: what ``docker save`` writes, before and since Docker 25, and OCI layouts.

One pass, in whatever order the parts come: small JSON is kept, whatever unpacks to a tar is a layer, and what
belongs together is known at the end. Docker 20.10 and skopeo wrote what this was tried with; see
the OCI image specification, "image-layout.md", "manifest.md" and "config.md".
"""

from __future__ import annotations

import posixpath
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.errors import DiscoveryError
from proxyenv.formats.parse import parse_json
from proxyenv.machine.images.entries import read_tar
from proxyenv.machine.images.layer import LayerReader, Room
from proxyenv.machine.images.parse import as_list, as_mapping, parse_config
from proxyenv.machine.images.reader import damaged, unpack
from proxyenv.model.image import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.decide.images.secrets import Known
    from proxyenv.machine.images.entries import Entry
    from proxyenv.machine.images.reader import Allowance
    from proxyenv.model.image import LayerContent

_LARGEST_DOCUMENT: Final = 4 * 1024 * 1024
_MOST_DOCUMENTS: Final = 16 * 1024 * 1024
_MOST_PARTS: Final = 10_000
_MOST_IMAGES: Final = 64
_DEEPEST: Final = 4
_MAGIC: Final = slice(257, 262)
"""Where a tar says that it is one."""
_BEGINNING: Final = 4096
_STATEMENT: Final = b"in-toto"
"""What a builder states about an image, such as the list of its packages; it may be large."""
_ATTESTATION: Final = "vnd.docker.reference.type"
_BLOBS: Final = "blobs"


class _NamedImage(NamedTuple):
    """One image that an archive names: the files of its parts."""

    name: str
    config: str
    layers: tuple[str, ...]


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
        wanted = tuple(self._find_images())
        if not wanted:
            raise damaged(self._name, "is no image: it has neither `manifest.json` nor `index.json`")
        return tuple(self._assemble(each) for each in wanted)

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
        elif part.path.startswith(f"{_BLOBS}/") or part.path.endswith(".tar"):
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

    def _find_images(self) -> Iterator[_NamedImage]:
        manifest = self._parse("manifest.json")
        if isinstance(manifest, list):
            for each in manifest[:_MOST_IMAGES]:
                entry = as_mapping(each)
                tags = [tag for tag in as_list(entry.get("RepoTags")) if isinstance(tag, str)]
                layers = tuple(str(layer) for layer in as_list(entry.get("Layers")))
                yield _NamedImage(tags[0] if tags else "", str(entry.get("Config", "")), layers)
        elif "index.json" in self._documents:
            yield from self._walk_index(as_mapping(self._parse("index.json")), "", 0)

    def _walk_index(self, index: Mapping[str, Any], name: str, depth: int) -> Iterator[_NamedImage]:
        for each in as_list(index.get("manifests"))[:_MOST_IMAGES]:
            descriptor = as_mapping(each)
            notes = as_mapping(descriptor.get("annotations"))
            if _ATTESTATION in notes or depth > _DEEPEST:
                continue
            document = as_mapping(self._parse(_find_blob(descriptor)))
            named = name or str(
                notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
            )
            platform = as_mapping(descriptor.get("platform"))
            if platform.get("os") not in {None, "unknown"} and depth:
                named = f"{named} ({platform.get('os')}/{platform.get('architecture')})".lstrip()
            if "manifests" in document:
                yield from self._walk_index(document, named, depth + 1)
            elif "layers" in document:
                layers = tuple(_find_blob(as_mapping(layer)) for layer in as_list(document["layers"]))
                yield _NamedImage(named, _find_blob(as_mapping(document.get("config"))), layers)

    def _assemble(self, wanted: _NamedImage) -> Image:
        config = self._parse(self._resolve(wanted.config))
        if not isinstance(config, dict):
            raise damaged(self._name, f"lacks the configuration `{_shorten(wanted.config)}`")
        layers = []
        for path in wanted.layers:
            layer = self._layers.get(self._resolve(path))
            if isinstance(layer, DiscoveryError):
                raise layer
            if layer is None:
                raise damaged(self._name, f"lacks the layer `{_shorten(path)}`")
            layers.append(layer)
        return Image(wanted.name, tuple(layers), parse_config(config))

    def _parse(self, path: str) -> object:
        """A document; ``None`` where there is none, or it is no JSON."""
        try:
            return parse_json(self._documents.get(path, b"null").decode("utf-8"))
        except ValueError:
            return None

    def _resolve(self, path: str) -> str:
        """Docker writes a layer that an archive has twice as a symlink."""
        for _ in range(_DEEPEST):
            path = self._links.get(path, path)
        return path


def _find_blob(descriptor: Mapping[str, Any]) -> str:
    algorithm, _, digest = str(descriptor.get("digest", "")).partition(":")
    return f"{_BLOBS}/{algorithm}/{digest}"


def _shorten(path: str) -> str:
    """The digest that a part is named by, in short."""
    words = [word for word in path.removesuffix("/layer.tar").removesuffix(".tar").split("/") if word]
    return words[-1][:12] if words else path
