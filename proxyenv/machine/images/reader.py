"""Streams that can be hostile: read forward only, decompressed in small pieces, bounded in every number."""

from __future__ import annotations

import zlib
from functools import partial
from importlib import import_module
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import DiscoveryError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHUNK: Final = 1024 * 1024
"""How much is held of a stream at once, in bytes."""

_LARGEST_WINDOW: Final = 26
"""Of zstd, as a power of two: 64 MiB."""

_PIECE: Final = 32 * 1024
"""How much of a compressed stream is taken at once, in bytes."""

_LEAST_IN_MEMBER: Final = 128
"""How much the members of a compressed stream hold on average, in bytes."""

_MOST_EMPTY: Final = 1000 * _LEAST_IN_MEMBER

_GZIP: Final = b"\x1f\x8b"
_ZSTD: Final = b"\x28\xb5\x2f\xfd"
_SKIPPABLE: Final = tuple(bytes((0x50 + number, 0x2A, 0x4D, 0x18)) for number in range(16))
_OTHERS: Final = {b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"PK\x03\x04": "zip"}


def damaged(name: str, reason: str) -> DiscoveryError:
    """The refusal of an image that cannot be read to its end: what was not seen is not known to be clean."""
    return DiscoveryError(
        "image-unreadable", f"`{name}` {reason}", hint="write it again: `docker save -o image.tar IMAGE`"
    )


def is_compressed(start: bytes) -> bool:
    """Whether something begins as a compressed stream does, of whatever kind."""
    return start.startswith((_GZIP, _ZSTD, *_SKIPPABLE, *_OTHERS))


class Allowance:
    """How much of an image is read before it is refused.

    Args:
        name: of the image, for messages.
        most: how many bytes its layers may have, unpacked.
        entries: how many files.
    """

    def __init__(self, name: str, *, most: int = 256 * 1024**3, entries: int = 5_000_000) -> None:
        self.name = name
        self._bytes = most
        self._entries = entries

    def take(self, size: int) -> None:
        """So many bytes were unpacked.

        Raises:
            DiscoveryError: ``image-unreadable``: too many.
        """
        self._bytes -= size
        if self._bytes < 0:
            raise damaged(self.name, "unpacks to more than any image has")

    def take_entry(self) -> None:
        """One file was seen.

        Raises:
            DiscoveryError: ``image-unreadable``: there are too many.
        """
        self._entries -= 1
        if self._entries < 0:
            raise damaged(self.name, "has more files than any image has")


class ForwardStream:
    """A stream that is read forward; what is passed over is read and dropped.

    Args:
        chunks: what it consists of.
        name: what it is a part of, for messages.
    """

    def __init__(self, chunks: Iterator[bytes], name: str) -> None:
        self.name = name
        self.position = 0
        self._chunks = chunks
        self._buffer = b""
        self._start = 0

    def read(self, size: int) -> bytes:
        """So many bytes; fewer at the end."""
        parts = []
        while size > 0 and (part := self.read_part(size)):
            parts.append(part)
            size -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def read_whole(self, size: int) -> bytes:
        """So many bytes.

        Raises:
            DiscoveryError: ``image-unreadable``: there are fewer.
        """
        content = self.read(size)
        if len(content) < size:
            raise damaged(self.name, "is cut off")
        return content

    def read_part(self, most: int) -> bytes:
        """At most so many bytes, as they come; none at the end."""
        if self._start >= len(self._buffer):
            self._buffer, self._start = next(self._chunks, b""), 0
        part = self._buffer[self._start : self._start + most]
        self._start += len(part)
        self.position += len(part)
        return part

    def skip_to(self, position: int) -> None:
        """Read on to a position.

        Raises:
            DiscoveryError: ``image-unreadable``: the stream ends before.
        """
        while self.position < position:
            if not self.read_part(position - self.position):
                raise damaged(self.name, "is cut off")


def unpack(chunks: Iterator[bytes], name: str, allowance: Allowance) -> Iterator[bytes]:
    """A stream without its compression, which its first bytes tell: gzip, zstd or none.

    Args:
        chunks: the stream.
        name: what it is, for messages.
        allowance: what is left of the image's.

    Raises:
        DiscoveryError: ``image-unreadable``: it is damaged, cut off, or compressed otherwise; ``image-zstd``:
            this Python has no zstd.
    """
    first = next(chunks, b"")
    while len(first) < len(_ZSTD) and (more := next(chunks, b"")):
        first += more
    whole = chain((first,), chunks)
    if first.startswith(_GZIP):
        unpacked = _gunzip(whole, name)
    elif first.startswith((_ZSTD, *_SKIPPABLE)):
        unpacked = _unzstd(whole, name)
    elif other := next((kind for magic, kind in _OTHERS.items() if first.startswith(magic)), None):
        raise damaged(name, f"is compressed by {other}, which Docker does not write")
    else:
        unpacked = whole
    for chunk in unpacked:
        allowance.take(len(chunk))
        yield chunk


class _Members:
    """What a stream of several compressed ones has had so far. A member is dear, and may hold nothing.

    Those who compress each file by itself (stargz, zstd:chunked) have a tar's header in every second one.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._left = _MOST_EMPTY

    def take(self) -> None:
        """One begins.

        Raises:
            DiscoveryError: ``image-unreadable``: too many hold next to nothing.
        """
        self._left -= _LEAST_IN_MEMBER
        if self._left < 0:
            raise damaged(self._name, "is compressed in more parts than any image")

    def give(self, size: int) -> None:
        """So much was in it."""
        self._left += size


def _gunzip(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    inflate = zlib.decompressobj(wbits=31)
    members = _Members(name)
    for piece in _cut(chunks):
        data = piece
        while data:
            if inflate.eof:
                data = data.lstrip(b"\0")  # tapes are padded
                if not data:
                    break
                members.take()
                inflate = zlib.decompressobj(wbits=31)
            try:
                unpacked = inflate.decompress(data, CHUNK)
            except zlib.error as error:
                raise damaged(name, "is damaged: its gzip cannot be unpacked") from error
            if unpacked:
                members.give(len(unpacked))
                yield unpacked
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not inflate.eof:
        raise damaged(name, "is cut off: its gzip has no end")


def _unzstd(chunks: Iterator[bytes], name: str) -> Iterator[bytes]:
    make, failure = _load_zstd(name)
    expand = make()
    members = _Members(name)
    begun = False
    for piece in _cut(chunks):
        data = piece
        while data or (begun and not expand.needs_input and not expand.eof):
            if expand.eof:
                members.take()
                expand = make()
            begun = True
            try:
                unpacked: bytes = expand.decompress(data, CHUNK)
            except failure as error:
                raise damaged(name, "is damaged: its zstd cannot be unpacked") from error
            if unpacked:
                members.give(len(unpacked))
                yield unpacked
            data = expand.unused_data if expand.eof else b""
    if not expand.eof:
        raise damaged(name, "is cut off: its zstd has no end")


def _cut(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """The same in smaller pieces: what is behind the end of a member is copied for each."""
    for chunk in chunks:
        for start in range(0, len(chunk), _PIECE):
            yield chunk[start : start + _PIECE]


def _load_zstd(name: str) -> tuple[Callable[[], Any], type[Exception]]:
    """What makes a decompressor, and what it raises: of the standard library from Python 3.14 on."""
    modules = ("compression.zstd", "backports.zstd")
    zstd = next(filter(None, map(_find_module, modules)), None)
    if zstd is None:
        raise DiscoveryError(
            "image-zstd",
            f"`{name}` is compressed by zstd, which this Python cannot unpack",
            hint="`pip install backports.zstd`, or use Python 3.14",
        )
    options = {zstd.DecompressionParameter.window_log_max: _LARGEST_WINDOW}
    return partial(zstd.ZstdDecompressor, options=options), zstd.ZstdError


def _find_module(name: str) -> Any:  # noqa: ANN401 - of one of two packages that have the same names
    try:
        return import_module(name)
    except ImportError:
        return None
