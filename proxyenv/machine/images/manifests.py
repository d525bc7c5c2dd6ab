"""The images that an archive names, by Docker's manifest or an OCI index; it may name them without end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.parse import as_list, as_mapping, find_value, parse_document
from proxyenv.machine.images.reader import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_MOST_IMAGES: Final = 500
_MOST_LAYERS: Final = 500
"""Of one image. Docker has at most 127, and the kernel stacks no more than these."""
_DEEPEST: Final = 4
_ATTESTATION: Final = "vnd.docker.reference.type"
_MOST_NOTES: Final = 10
_FORMS: Final = ("layers", "manifests", "fsLayers")
"""Of what an object is that a registry has for a manifest: an image, several, or one of before 2016."""
BLOBS: Final = "blobs/"
MANIFEST: Final = "manifest.json"
INDEX: Final = "index.json"


class NamedImage(NamedTuple):
    """One image that an archive names: the files of its parts."""

    name: str
    config: str
    layers: tuple[str, ...]


class OtherPart(NamedTuple):
    """A part that is neither JSON nor begins as a layer does, compressed or not."""


class Manifests:
    """What an archive says that it holds.

    Args:
        name: of the archive, for messages.
        parts: all of its parts, by path; JSON is in bytes, what is larger than a document is ``None``, and
            what must not be used an error.
    """

    def __init__(self, name: str, parts: Mapping[str, object]) -> None:
        self._name = name
        self._parts = parts
        self._images: dict[str, NamedImage | None] = {}
        self._named: set[tuple[str, tuple[str, ...]]] = set()
        self.notes: list[str] = []

    def find_images(self) -> tuple[NamedImage, ...]:
        """The images, in the order of the archive.

        Raises:
            DiscoveryError: ``image-unreadable``: there are none, more than any archive has, or what names
                them cannot be read.
        """
        found: list[NamedImage] = []
        for image in self._walk_readable():
            if len(found) == _MOST_IMAGES:
                raise damaged(self._name, f"has more than {_MOST_IMAGES} images")
            if len(image.layers) > _MOST_LAYERS:
                raise damaged(self._name, f"has more than {_MOST_LAYERS} layers in one image")
            found.append(image)
        if not found and self.notes:
            raise damaged(self._name, f"holds no image that can be scanned: {self.notes[0]}")
        if not found:
            raise damaged(self._name, "is no image: no `manifest.json` or `index.json` in it names one")
        return tuple(found)

    def parse(self, path: str) -> object:
        """A document; ``None`` where there is none, or it is no JSON.

        Raises:
            DiscoveryError: ``image-unreadable``: it is there twice, and not alike.
        """
        content = self._parts.get(path)
        if isinstance(content, DiscoveryError):
            raise content
        return parse_document(content) if isinstance(content, bytes) else None

    def _walk_readable(self) -> Iterator[NamedImage]:
        try:
            yield from self._walk()
        except ValueError as error:
            raise damaged(self._name, f"cannot be read: of what names its images, {error}") from error

    def _require(self, path: str) -> object:
        """A document; one that is there and cannot be read may name an image to others."""
        found = self.parse(path)
        if found is None and path in self._parts:
            raise ValueError(f"`{path}` is no JSON")
        return found

    def _walk(self) -> Iterator[NamedImage]:
        """Those of Docker's manifest, then those that the index alone names: programs read one or the other.

        Docker since 25 writes both, for the same images. Of an image for many platforms the index may name
        some that are not in the archive.
        """
        manifest = self._require(MANIFEST)
        yield from self._walk_registry_manifest(as_mapping(manifest))
        for each in as_list(manifest):
            entry = as_mapping(each)
            tags = [tag for tag in as_list(find_value(entry, "RepoTags")) if isinstance(tag, str)]
            layers = tuple(str(layer) for layer in as_list(find_value(entry, "Layers")))
            image = NamedImage(tags[0] if tags else "", str(find_value(entry, "Config") or ""), layers)
            self._named.add((image.config, image.layers))
            yield image
        yield from self._walk_index(as_mapping(self._require(INDEX)), "", 0)

    def _walk_registry_manifest(self, manifest: Mapping[str, Any]) -> Iterator[NamedImage]:
        """The image of a ``manifest.json`` as a registry has it: a ``dir:`` of skopeo and podman has one."""
        if not _is_of_registry(manifest):
            return
        layers = find_value(manifest, "layers")
        if not isinstance(layers, list):
            raise damaged(self._name, "has a `manifest.json` of several images, or of an old form")
        config = self._find_part(as_mapping(find_value(manifest, "config")))
        image = NamedImage("", config, tuple(self._find_part(as_mapping(layer)) for layer in layers))
        self._named.add((image.config, image.layers))
        yield image

    def _find_part(self, descriptor: Mapping[str, Any]) -> str:
        """The path of what a manifest beside its blobs names."""
        digest = str(find_value(descriptor, "digest") or "").partition(":")[2]
        return digest if digest in self._parts else find_blob(descriptor)

    def _is_left_out(self, image: NamedImage, descriptor: Mapping[str, Any], name: str) -> bool:
        """Whether an image of the index is not read: it is known, not in the archive, or has no files."""
        is_stated = _ATTESTATION in as_mapping(find_value(descriptor, "annotations"))
        if (self._named or is_stated) and image.config not in self._parts:
            return True
        if (image.config, image.layers) in self._named or self._is_statement(image):
            return True
        shown = f"left out: `{name or find_blob(descriptor).rpartition('/')[2][:12]}`"
        if not any(each in self._parts for each in (image.config, *image.layers)):
            return self._note(f"{shown}, of which nothing is in the archive")
        if self._is_artifact(image):
            return self._note(
                f"{shown}, which is no image but an artifact, such as a chart or a list of packages"
            )
        return False

    def _note(self, note: str) -> bool:
        if len(self.notes) < _MOST_NOTES:
            self.notes.append(note)
        return True

    def _is_artifact(self, image: NamedImage) -> bool:
        """Whether nobody can run it: no configuration of an image, and a layer that no program unpacks.

        The types that a manifest states are not asked: some writers state none, and they may be wrong.
        """
        config = self.parse(image.config)
        if not isinstance(config, dict) or find_value(config, "rootfs") is not None:
            return False
        return any(isinstance(self._parts.get(layer), OtherPart) for layer in image.layers)

    def _is_statement(self, image: NamedImage) -> bool:
        """Whether it is a signature or the like in the form of an image: its layers are JSON and no files."""
        layers = [self._parts.get(layer, b"") for layer in image.layers]
        return bool(layers) and all(layer is None or (isinstance(layer, bytes) and layer) for layer in layers)

    def _walk_index(self, index: Mapping[str, Any], name: str, depth: int) -> Iterator[NamedImage]:
        """Each image of an index; one that is named twice is read once, and so is an index."""
        if depth > _DEEPEST:
            raise damaged(self._name, "has an index in an index, deeper than any archive")
        for each in as_list(find_value(index, "manifests")):
            descriptor = as_mapping(each)
            path, named = find_blob(descriptor), _find_name(descriptor, name, depth)
            if path in self._images:
                known = self._images[path]
                yield from (known._replace(name=named),) if known else ()
                continue
            self._images[path] = None
            document = as_mapping(self._require(path))
            if find_value(document, "manifests") is not None:
                yield from self._walk_index(document, named, depth + 1)
            elif (blobs := find_value(document, "layers")) is not None:
                layers = tuple(find_blob(as_mapping(layer)) for layer in as_list(blobs))
                image = NamedImage(named, find_blob(as_mapping(find_value(document, "config"))), layers)
                if not self._is_left_out(image, descriptor, named):
                    self._images[path] = image
                    yield image


def may_name_images(content: bytes) -> bool:
    """Whether a ``manifest.json`` is that of images, or cannot be read: pages for browsers have one too.

    Args:
        content: it, or more of it than any archive has.
    """
    document = parse_document(content)
    try:
        if isinstance(document, list):
            entries = map(as_mapping, document)
            return any(find_value(each, key) is not None for each in entries for key in ("Layers", "Config"))
        return document is None or _is_of_registry(as_mapping(document))
    except ValueError:  # a key of these twice
        return True


def _is_of_registry(manifest: Mapping[str, Any]) -> bool:
    return any(isinstance(find_value(manifest, form), list) for form in _FORMS)


def find_blob(descriptor: Mapping[str, Any]) -> str:
    """The path of what a descriptor names."""
    algorithm, _, digest = str(find_value(descriptor, "digest") or "").partition(":")
    return f"{BLOBS}{algorithm}/{digest}"


def _find_name(descriptor: Mapping[str, Any], name: str, depth: int) -> str:
    notes = as_mapping(find_value(descriptor, "annotations"))
    platform = as_mapping(find_value(descriptor, "platform"))
    named = name or str(
        notes.get("io.containerd.image.name") or notes.get("org.opencontainers.image.ref.name") or ""
    )
    if platform.get("os") in {None, "unknown"} or not depth:
        return named
    return f"{named} ({platform.get('os')}/{platform.get('architecture')})".lstrip()
