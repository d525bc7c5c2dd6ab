"""From what a person names to the image: a file, a directory, or a stream that the Docker daemon sends."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NoReturn

from proxyenv.bounded import open_file, read_chunks, read_start
from proxyenv.errors import DiscoveryError
from proxyenv.machine.content import render_reason
from proxyenv.machine.images.archive import LARGEST_DOCUMENT, ArchiveReader
from proxyenv.machine.images.entries import read_directory, read_tar
from proxyenv.machine.images.layer import LayerReader, Room
from proxyenv.machine.images.manifests import BLOBS, INDEX, MANIFEST, may_name_images
from proxyenv.machine.images.reader import Allowance, damaged, unpack
from proxyenv.model.image import Image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proxyenv.decide.images.secrets import Known


def read_image_file(
    path: Path, name: str, known: Known, progress: Callable[[str], None]
) -> tuple[Image, ...]:
    """The images of an archive, packed or not, of an OCI layout, or the one whose root a directory is.

    Args:
        path: the file or directory.
        name: as it was given, for messages.
        known: the passwords to search for exactly.
        progress: told of each layer that begins.

    Raises:
        DiscoveryError: ``image-not-found``, ``image-unreadable`` or ``image-zstd``.
    """
    try:
        if not path.is_dir():
            with open_file(path, pipe=True) as file:
                return read_image_stream(read_chunks(file, path), name, known, progress)
        allowance = Allowance(name)
        if _holds_images(path):
            parts = read_directory(path, allowance, partial(_refuse, name), skips_holes=False)
            return ArchiveReader(name, known, allowance, progress).read(parts)
        reader = LayerReader("root", known, Room(), allowance)
        return (Image(name, (reader.read(read_directory(path, allowance, reader.ignore)),)),)
    except FileNotFoundError as error:
        hint = f"for an image of the Docker daemon: `proxyenv image scan docker://{name}`"
        raise DiscoveryError("image-not-found", f"`{name}` does not exist", hint=hint) from error
    except OSError as error:
        reason = f"`{name}` cannot be read: {render_reason(error)}"
        raise DiscoveryError(
            "image-unreadable", reason, hint="write it to a file that you can read"
        ) from error


def _refuse(name: str, what: str) -> NoReturn:
    raise damaged(name, f"holds {what}")


def _holds_images(path: Path) -> bool:
    """Whether a directory is an archive or a layout of images, whole or not, and no root of one.

    As a root it would be clean: its layers would be files that nobody opens.
    """
    blobs = path / BLOBS
    if (path / "oci-layout").is_file() or (blobs / "sha256").is_dir():
        return True
    if blobs.is_dir() and (path / INDEX).is_file():
        return True
    manifest = path / MANIFEST
    return manifest.is_file() and may_name_images(read_start(manifest, most=LARGEST_DOCUMENT + 1))


def read_image_stream(
    chunks: Iterator[bytes], name: str, known: Known, progress: Callable[[str], None]
) -> tuple[Image, ...]:
    """The images of an archive that is read once, from its beginning to its end.

    Args:
        chunks: the archive, compressed or not.
        name: what it is, for messages.
        known: see :func:`read_image_file`.
        progress: see there.

    Raises:
        DiscoveryError: ``image-unreadable`` or ``image-zstd``.
    """
    allowance = Allowance(name)
    reader = ArchiveReader(name, known, allowance, progress)
    return reader.read(read_tar(unpack(chunks, name, allowance), name, lambda _: None))
