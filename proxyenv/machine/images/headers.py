"""The headers of a tar: of each file its name, its kind and how much of the stream is its content.

``tarfile`` has no bound for what may stand before a file: some kilobytes take minutes or gigabytes there. A
header means here what Docker takes it for, with Go's "archive/tar"; see also pax(1) of POSIX, and "Basic Tar
Format" and "Storing Sparse Files" in the manual of GNU tar.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.machine.images.reader import damaged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.machine.images.reader import ForwardStream

BLOCK: Final = 512
_NOTHING: Final = bytes(BLOCK)
_LARGEST_EXTENSION: Final = 1024 * 1024
"""Of all that stands before one file, in bytes, as Go has it for each part. Names have some hundred."""

_BROKEN: Final = "is damaged: a file in it has a broken header"
_NO_NUMBER: Final = "is damaged: a header in it has no number where one belongs"

_CHECKSUM: Final = slice(148, 156)
_FLAG: Final = slice(156, 157)
_SPARSE_GOES_ON: Final = 482
_SPARSE_BLOCK_GOES_ON: Final = 504

_RECORDS: Final = frozenset({b"x", b"X"})
_GLOBAL_RECORDS: Final = b"g"
_OLD_SPARSE: Final = b"S"
_LONG_PATH: Final = b"L"
_LONG_TARGET: Final = b"K"
_EXTENSIONS: Final = frozenset({*_RECORDS, _LONG_PATH, _LONG_TARGET})
_WITHOUT_CONTENT: Final = frozenset({b"1", b"2", b"3", b"4", b"5", b"6"})

_OCTAL: Final = re.compile(rb"[ \0]*+([0-7]*+) *+(?:\0.*)?", re.DOTALL)
_DECIMAL: Final = re.compile(r"-?[0-9]{1,19}")
_LENGTH: Final = re.compile(rb"([0-9]{1,7}) ")
_SPARSE: Final = "GNU.sparse."
_SPARSE_VERSIONS: Final = frozenset({"0.0", "0.1", "1.0"})


class Header(NamedTuple):
    """What a tar says of one file before its content.

    Args:
        path: as it is written.
        flag: the kind, as a tar has it.
        mode: the permissions and more.
        uid: the owner.
        gid: the group.
        size: of what is stored of it, in bytes.
        target: of a link, as it is written.
        has_map: whether what is stored begins with the map of a sparse file.
    """

    path: str
    flag: bytes
    mode: int
    uid: int
    gid: int
    size: int
    target: str
    has_map: bool


class _Extension:
    """What stands before the header of a file and says what does not fit into it."""

    def __init__(self) -> None:
        self.records: Mapping[str, str] = {}
        self.path = ""
        self.target = ""
        self._left = _LARGEST_EXTENSION

    def read(self, stream: ForwardStream, block: bytes) -> None:
        """Take one more of them, with its header."""
        flag, size = block[_FLAG], _parse_size(block, stream.name)
        self._left -= BLOCK + _pad(size)
        if self._left < 0:
            raise damaged(stream.name, "has a header that is larger than any tar's")
        content = stream.read_whole(_pad(size))[:size]
        if flag in _RECORDS:
            self.records = _parse_records(content, stream.name)
        elif flag == _LONG_PATH:
            self.path = _parse_text(content)
        else:
            self.target = _parse_text(content)


def read_headers(stream: ForwardStream) -> Iterator[Header]:
    """Each header, with the stream where the content begins; what is not read of it is passed over.

    Args:
        stream: the tar.

    Raises:
        DiscoveryError: ``image-unreadable``: it is no tar, damaged or cut off.
    """
    extension = _Extension()
    while block := _read_block(stream):
        flag = block[_FLAG]
        if flag in _EXTENSIONS:
            extension.read(stream, block)
            continue
        if flag == _GLOBAL_RECORDS:  # Docker passes them over, with what stands before them
            stream.skip_to(stream.position + _pad(_parse_size(block, stream.name)))
        else:
            header = _parse_header(block, extension, stream.name)
            if flag == _OLD_SPARSE and block[_SPARSE_GOES_ON]:
                _skip_sparse_blocks(stream)
            end = stream.position + _pad(header.size)
            yield header
            stream.skip_to(end)
        extension = _Extension()


def is_header(block: bytes) -> bool:
    """Whether bytes are the header of a tar: nothing else has the checksum of one at its place."""
    return len(block) == BLOCK and _is_sound(block)


def skip_map(stream: ForwardStream, size: int) -> int:
    """Pass over the map of a sparse file: the number of its pieces, and two numbers for each, in lines.

    Args:
        stream: where what is stored of the file begins.
        size: of that, in bytes.

    Returns:
        how much of it is left.

    Raises:
        DiscoveryError: ``image-unreadable``: it is damaged or cut off.
    """
    seen, wanted = 0, 1
    while seen < wanted and size > 0:
        block = stream.read_whole(BLOCK)
        if not seen:
            wanted = 1 + 2 * _parse_decimal(block.partition(b"\n")[0].decode("latin-1"), stream.name)
        seen += block.count(b"\n")
        size -= BLOCK
    if seen < wanted or size < 0:
        raise damaged(stream.name, "is damaged: a sparse file in it has no map")
    return size


def _skip_sparse_blocks(stream: ForwardStream) -> None:
    while stream.read_whole(BLOCK)[_SPARSE_BLOCK_GOES_ON]:
        pass


def _read_block(stream: ForwardStream) -> bytes:
    """The next header; nothing at the end."""
    is_first = not stream.position
    block = stream.read(BLOCK)
    if block == _NOTHING or not (block or is_first):
        return b""
    if is_header(block):
        return block
    if is_first:
        raise damaged(stream.name, "is no tar, or is damaged or cut off")
    reason = _BROKEN if len(block) == BLOCK else "is cut off"
    raise damaged(stream.name, reason)


def _is_sound(block: bytes) -> bool:
    """Whether its checksum is right, with bytes that some old programs took for signed."""
    expected = _find_octal(block[_CHECKSUM])
    rest = block[: _CHECKSUM.start] + b" " * 8 + block[_CHECKSUM.stop :]
    return sum(rest) == expected or sum(memoryview(rest).cast("b")) == expected


def _parse_header(block: bytes, extension: _Extension, name: str) -> Header:
    records = extension.records
    version = _find_sparse_version(records)
    path = extension.path or records.get("path") or _parse_path(block)
    if version:
        path = records.get(f"{_SPARSE}name") or path
    flag = block[_FLAG]
    if flag == b"\0" and path.endswith("/"):
        flag = b"5"
    return Header(
        path,
        flag,
        _parse_number(block[100:108], name),
        _parse_decimal(records.get("uid"), name, _parse_number(block[108:116], name)),
        _parse_decimal(records.get("gid"), name, _parse_number(block[116:124], name)),
        0 if flag in _WITHOUT_CONTENT else _parse_size(block, name, records.get("size")),
        extension.target or records.get("linkpath") or _parse_text(block[157:257]),
        version == "1.0",
    )


def _parse_path(block: bytes) -> str:
    """The path, with the field that comes before it; GNU tar has times there, but Go before 1.8 did not."""
    path, magic = _parse_text(block[:100]), block[257:263]
    before = _parse_text(block[345 : 476 if block[508:512] == b"tar\0" else 500])
    has_times = magic == b"ustar " and _find_octal(block[345:357]) is not None
    return f"{before}/{path}" if before and magic.startswith(b"ustar") and not has_times else path


def _parse_size(block: bytes, name: str, given: str | None = None) -> int:
    size = _parse_decimal(given, name, _parse_number(block[124:136], name))
    if size < 0:
        raise damaged(name, "has a header that leads backwards")
    return size


def _parse_records(content: bytes, name: str) -> dict[str, str]:
    """The records of POSIX: each its own length in digits, a blank, key, `=`, value and the end of a line."""
    records = {}
    start = 0
    while start < len(content):
        length = _LENGTH.match(content, start)
        end = start + int(length[1]) if length else 0
        key, equals, value = content[length.end() if length else 0 : end].partition(b"=")
        if end > len(content) or not equals or not value.endswith(b"\n"):
            raise damaged(name, _BROKEN)
        if value != b"\n":
            records[_decode(key)] = _decode(value[:-1])
        start = end
    return records


def _find_sparse_version(records: Mapping[str, str]) -> str:
    """How a sparse file is stored; empty where it is none."""
    version = f"{records.get(f'{_SPARSE}major', '')}.{records.get(f'{_SPARSE}minor', '')}"
    if version == ".":
        return "0.1" if f"{_SPARSE}map" in records else ""
    return version if version in _SPARSE_VERSIONS else ""


def _parse_decimal(text: str | None, name: str, default: int = 0) -> int:
    if text is None:
        return default
    if not _DECIMAL.fullmatch(text):
        raise damaged(name, _NO_NUMBER)
    return int(text)


def _parse_number(field: bytes, name: str) -> int:
    """Octal digits, or with the highest bit set what GNU tar writes for larger ones: the bits themselves."""
    if field[0] & 0x80:
        bits = 8 * len(field) - 1
        number = int.from_bytes(field, "big") & ((1 << bits) - 1)
        return number - (1 << bits) if field[0] & 0x40 else number
    octal = _find_octal(field)
    if octal is None:
        raise damaged(name, _NO_NUMBER)
    return octal


def _find_octal(field: bytes) -> int | None:
    found = _OCTAL.fullmatch(field)
    return int(found[1] or b"0", 8) if found else None


def _parse_text(field: bytes) -> str:
    return _decode(field.partition(b"\0")[0])


def _decode(text: bytes) -> str:
    return text.decode("utf-8", "surrogateescape")


def _pad(size: int) -> int:
    return size + -size % BLOCK
