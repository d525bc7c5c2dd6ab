"""Finds a password wherever it is and however it is spelt, and says where nobody should find one.

A password that stands between two marks is found by either mark, whatever its other characters became:
shells, TOML, URLs and JSON leave letters and digits as they are. Base64 is searched in its three positions.
"""

from __future__ import annotations

import base64
import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FIRST: Final = "Zq7vXj3"
LAST: Final = "kW9bTm5"


def enclose(middle: str) -> str:
    """A password with *middle* between the marks."""
    return f"{FIRST}{middle}{LAST}"


def _in_base64(text: str) -> Iterator[str]:
    """What of *text* is the same in base64 whatever stands around it, at each of three positions."""
    for skipped in range(3):
        data = text.encode()[skipped:]
        yield base64.b64encode(data[: len(data) // 3 * 3]).decode()


MARKS: Final = tuple(
    mark.encode() for each in (FIRST, LAST) for mark in (each.lower(), *(m for m in _in_base64(each)))
)


class Find(NamedTuple):
    """Where a password was found.

    Args:
        place: such as an output, a file or the arguments of a child.
        around: what stands there, cut short.
    """

    place: str
    around: str


def search(place: str, content: str | bytes) -> Iterator[Find]:
    """The first password in something that was said or written, if there is one."""
    data = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
    lower = data.lower()
    for number, mark in enumerate(MARKS):
        at = (lower if number in {0, 4} else data).find(mark)
        if at >= 0:
            yield Find(place, data[max(at - 60, 0) : at + 60].decode("utf-8", "replace"))
            return


def search_open_files(directory: Path, *, apart: frozenset[Path] = frozenset()) -> Iterator[Find]:
    """Files with a password that others may read.

    Args:
        directory: where to look.
        apart: files that the test has written.
    """
    for path in list_files(directory):
        if path not in apart and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield from search(f"{path}, which others may read", path.read_bytes())


def search_files(directory: Path, *, apart: frozenset[Path] = frozenset()) -> Iterator[Find]:
    """Files with a password, whatever their mode is."""
    for path in list_files(directory):
        if path not in apart:
            yield from search(str(path), path.read_bytes())


def list_files(directory: Path) -> Iterator[Path]:
    """The regular files below a directory, and none that a link leads to."""
    for parent, _, names in os.walk(directory):
        yield from (
            path for name in names if (path := Path(parent, name)).is_file() and not path.is_symlink()
        )


def search_database(path: Path) -> Iterator[Find]:
    """A password in any row of any table of an SQLite database, or in what was deleted from it."""
    for each in sorted(path.parent.glob(f"{path.name}*")):
        yield from search(str(each), each.read_bytes())
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        for table in tables:
            for row in connection.execute(f'SELECT * FROM "{table}"'):  # noqa: S608 - of the database itself
                yield from search(f"the table {table}", repr(row))
