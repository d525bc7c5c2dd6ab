"""The images that an archive names, by Docker's manifest or an OCI index; it may name them without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.formats.parse import parse_json
from proxyenv.machine.images.parse import as_list, as_mapping
from proxyenv.machine.images.reader import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_IMAGES: Final = 64
_MOST_LAYERS: Final = 500
"""Of one image. Docker has at most 127, and the kernel stacks no more than these."""
_DEEPEST: Final = 4
_ATTESTATION: Final = "vnd.docker.reference.type"
BLOBS: Final = "blobs/"


class NamedImage(NamedTuple):
    """One image that an archive names: the files of its parts."""

    name: str
    config: str
    layers: tuple[str, ...]


class Manifests:
    """What an archive says that it holds.

    Args:
        name: of the archive, for messages.
        documents: its JSON, by path.
    """

    def __init__(self, name: str, documents: Mapping[str, bytes]) -> None:
        self._name = name
        self._documents = documents
        self._images: dict[str, NamedImage | None] = {}

    def find_images(self) -> tuple[NamedImage, ...]:
        """The images, in the order of the archive.

        Raises:
            DiscoveryError: ``image-unreadable``: there are none, or more than any archive has.
        """
        found: list[NamedImage] = []
        for image in self._walk():
            if len(found) == _MOST_IMAGES or len(image.layers) > _MOST_LAYERS:
                raise damaged(
                    self._name, f"has more than {_MOST_IMAGES} images, or {_MOST_LAYERS} layers in one"
                )
            found.append(image)
        if not found:
            raise damaged(self._name, "is no image: it has neither `manifest.json` nor `index.json`")
        return tuple(found)

    def parse(self, path: str) -> object:
        """A document; ``None`` where there is none, or it is no JSON."""
        try:
            return parse_json(self._documents.get(path, b"null").decode("utf-8"))
        except ValueError:
            return None

    def _walk(self) -> Iterator[NamedImage]:
        manifest = self.parse("manifest.json")
        if isinstance(manifest, list):
            for each in manifest:
                entry = as_mapping(each)
                tags = [tag for tag in as_list(entry.get("RepoTags")) if isinstance(tag, str)]
                layers = tuple(str(layer) for layer in as_list(entry.get("Layers")))
                yield NamedImage(tags[0] if tags else "", str(entry.get("Config", "")), layers)
        elif "index.json" in self._documents:
            yield from self._walk_index(as_mapping(self.parse("index.json")), "", 0)

    def _walk_index(self, index: Mapping[str, Any], name: str, depth: int) -> Iterator[NamedImage]:
        """Each image of an index; one that is named twice is read once, and so is an index."""
        if depth > _DEEPEST:
            raise damaged(self._name, "has an index in an index, deeper than any archive")
        for each in as_list(index.get("manifests")):
            descriptor = as_mapping(each)
            if _ATTESTATION in as_mapping(descriptor.get("annotations")):
                continue
            path, named = find_blob(descriptor), _find_name(descriptor, name, depth)
            if path in self._images:
                known = self._images[path]
                yield from (known._replace(name=named),) if known else ()
                continue
            self._images[path] = None
            document = as_mapping(self.parse(path))
            if "manifests" in document:
                yield from self._walk_index(document, named, depth + 1)
            elif "layers" in document:
                layers = tuple(find_blob(as_mapping(layer)) for layer in as_list(document["layers"]))
                image = NamedImage(named, find_blob(as_mapping(document.get("config"))), layers)
                self._images[path] = image
                yield image


def find_blob(descriptor: Mapping[str, Any]) -> str:
    """The path of what a descriptor names."""
    algorithm, _, digest = str(descriptor.get("digest", "")).partition(":")
    return f"{BLOBS}{algorithm}/{digest}"


def _find_name(descriptor: Mapping[str, Any], name: str, depth: int) -> str:
    notes, platform = as_mapping(descriptor.get("annotations")), as_mapping(descriptor.get("platform"))
    named = name or str(
        notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
    )
    if platform.get("os") in {None, "unknown"} or not depth:
        return named
    return f"{named} ({platform.get('os')}/{platform.get('architecture')})".lstrip()
