"""Reads archives of images as `image scan` does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.decide.images.secrets import Known
from proxyenv.errors import DiscoveryError
from proxyenv.machine.images.source import read_image_stream

if TYPE_CHECKING:
    from proxyenv.model.image import Image


def read(archive: bytes, piece: int = 1000) -> tuple[Image, ...]:
    """Read an archive that comes in small pieces."""
    pieces = (archive[start : start + piece] for start in range(0, len(archive), piece))
    return read_image_stream(pieces, "x.tar", Known(), lambda _: None)


def refused(archive: bytes) -> str:
    """What is said of an archive that cannot be read."""
    with pytest.raises(DiscoveryError) as caught:
        read(archive)
    assert caught.value.code == "image-unreadable"
    return caught.value.message
