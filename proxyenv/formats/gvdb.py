"""The database of dconf, GVDB: a hash table of names, with values of GVariant.

Only what settings hold is read: texts, numbers, truth and lists of texts. The whole of a file is walked, not
looked up by hash, and nothing in it is trusted: every offset is checked, and the names are bounded.
Source: ``gvdb-format.h`` of GLib; "GVariant Specification"; files that dconf 0.40 wrote.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Value = str | int | bool | tuple[str, ...]

_SIGNATURES: Final = {b"GVariant": "<", b"raVGtnai": ">"}
_HEADER: Final = 24
_ITEM: Final = 24
_NO_PARENT: Final = 0xFFFFFFFF
_DEEPEST: Final = 64
_MOST_ITEMS: Final = 200_000
_LONGEST_NAME: Final = 2000
_MOST_BYTES: Final = 16 * 1024 * 1024
"""Of all names and values together: many may point to the same bytes."""

_LOCKS: Final = ".locks"


class Database(NamedTuple):
    """What a database holds.

    Args:
        values: by path: ``/system/proxy/mode``.
        locks: paths that no stronger database may set; one that ends in ``/`` stands for all below it.
    """

    values: Mapping[str, Value]
    locks: frozenset[str]

    def is_locked(self, path: str) -> bool:
        """Whether a stronger database may not set it."""
        return path in self.locks or any(path.startswith(each) for each in self.locks if each.endswith("/"))


def read_database(data: bytes, prefix: str) -> Database:
    """What a database has below a path.

    Args:
        data: the whole file.
        prefix: only the values whose path begins so are read.

    Raises:
        ValueError: it is no database, or is damaged.
    """
    order = _SIGNATURES.get(data[:8])
    if order is None:
        raise ValueError("it is no database of dconf")
    try:
        return _DatabaseReader(memoryview(data), order).read(prefix)
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("it is damaged") from error


class _Item(NamedTuple):
    """A name of the table: the number of its parent, its own part, its kind, and where its content is."""

    parent: int
    key: str
    kind: bytes
    content: memoryview


class _DatabaseReader:
    def __init__(self, data: memoryview, order: str) -> None:
        self.data, self.order = data, order
        self.left, self.room = _MOST_ITEMS, _MOST_BYTES

    def read(self, prefix: str) -> Database:
        _, _, start, end = self._unpack("4I", self.data[8:_HEADER])
        values: dict[str, Value] = {}
        locks: frozenset[str] = frozenset()
        for name, item in self._walk(self._slice(start, end)):
            if item.kind == b"v" and name.startswith(prefix):
                value = self._read_variant(self._copy(item.content))
                if value is not None:
                    values[name] = value
            elif item.kind == b"H" and name == _LOCKS:
                locks = frozenset(lock for lock, each in self._walk(item.content) if each.kind == b"v")
        return Database(values, locks)

    def _unpack(self, form: str, data: bytes | memoryview) -> tuple[int, ...]:
        return struct.unpack(self.order + form, data)

    def _copy(self, content: memoryview) -> bytes:
        self.room -= len(content)
        if self.room < 0:
            raise IndexError
        return bytes(content)

    def _slice(self, start: int, end: int) -> memoryview:
        if not start <= end <= len(self.data):
            raise IndexError
        return self.data[start:end]

    def _walk(self, table: memoryview) -> Iterator[tuple[str, _Item]]:
        """Every name of a table, whole, with its item."""
        bloom, buckets = self._unpack("2I", table[:8])
        start = 8 + 4 * ((bloom & 0x07FFFFFF) + buckets)
        count = (len(table) - start) // _ITEM
        self.left -= count
        if count < 0 or self.left < 0:
            raise IndexError
        items = [self._read_item(table[at : at + _ITEM]) for at in range(start, start + count * _ITEM, _ITEM)]
        for item in items:
            name = _find_name(items, item)
            if name is not None:
                yield name, item

    def _read_item(self, raw: memoryview) -> _Item:
        _, parent, key, size, kind, start, end = struct.unpack(f"{self.order}3IHcx2I", raw)
        content = self._slice(0, 0) if kind == b"L" else self._slice(start, end)
        return _Item(parent, self._copy(self._slice(key, key + size)).decode(), kind, content)

    def _read_variant(self, data: bytes) -> Value | None:
        """A value of a kind that is known: its bytes, a zero, and its type."""
        content, zero, kind = data.rpartition(b"\0")
        if not zero:
            return None
        if kind == b"s":
            return _read_text(content)
        if kind == b"b":
            return content == b"\x01"
        if kind in {b"i", b"u"} and len(content) == 4:  # noqa: PLR2004 - of bytes
            return self._unpack(kind.decode(), content)[0]
        return self._read_texts(content) if kind == b"as" else None

    def _read_texts(self, content: bytes) -> tuple[str, ...]:
        """The texts, and behind them where each of them ends, in as few bytes as can say it."""
        size = len(content)
        if not size:
            return ()
        width = next(each for each in (1, 2, 4, 8) if size < 1 << (8 * each))
        form = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
        (last,) = self._unpack(form, content[-width:])
        if not 0 < last <= size or (size - last) % width:
            raise IndexError
        ends = self._unpack(f"{(size - last) // width}{form}", content[last:])
        starts = (0, *ends[:-1])
        return tuple(_read_text(content[start:end]) for start, end in zip(starts, ends, strict=True))


def _find_name(items: list[_Item], item: _Item) -> str | None:
    """The name with those of the parents before it; ``None`` where they have no end."""
    parts, length = [item.key], len(item.key)
    for _ in range(_DEEPEST):
        if length > _LONGEST_NAME:
            return None
        if item.parent == _NO_PARENT:
            return "".join(reversed(parts))
        item = items[item.parent]
        parts.append(item.key)
        length += len(item.key)
    return None


def _read_text(content: bytes) -> str:
    return content.removesuffix(b"\0").decode()
