"""What may lie where a file is expected: pipes, devices, loops, what has no end, and what no parser likes."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import stat
import sys
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import LIMIT

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_DEEP: Final = 50_000
_LONG: Final = 300_000
_DIGITS: Final = "9" * 5_000


def _pipe(path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(path)


def _socket(path: Path) -> None:
    """Bound by a name of its own directory: the path of a socket has 107 bytes."""
    if sys.platform != "win32":
        with contextlib.chdir(path.parent), socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path.name)


def _sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(LIMIT + 1)


def _linked(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def _loop(path: Path) -> None:
    path.symlink_to(path.name)


def _content(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def _nested(path: Path) -> None:
    """Deep in the format that the name of the file promises."""
    path.write_text(_NESTED.get(path.suffix, f"a = {'[' * _DEEP}\n"), "utf-8")


def _number(path: Path) -> None:
    path.write_text(_NUMBERS.get(path.suffix, f"a = {_DIGITS}\n"), "utf-8")


_NESTED: Final = {
    ".json": "[" * _DEEP,
    ".xml": "<a>" * _DEEP,
    ".yml": "[" * _DEEP,
    ".yaml": "[" * _DEEP,
    ".conf": "a { " * _DEEP,
    ".pac": f"function FindProxyForURL(u, h) {{ return {'(' * _DEEP} }}",
    ".toml": f"a = {'[' * _DEEP}\n",
}
_NUMBERS: Final = {
    ".json": json.dumps({"version": 0}).replace("0", _DIGITS),
    ".xml": f"<settings><port>{_DIGITS}</port></settings>",
    ".yml": f"a: {_DIGITS}\n",
    ".yaml": f"a: {_DIGITS}\n",
    ".toml": f"version = {_DIGITS}\n",
}


CLOSED: Final = "one that nobody may read"


def _closed(path: Path) -> None:
    path.touch(mode=0o000)


KINDS: Final[Mapping[str, Callable[[Path], None]]] = {
    "a named pipe": _pipe,
    "a directory": lambda path: path.mkdir(),
    "a link to itself": _loop,
    "a link to nothing": _linked("nothing/here"),
    "a socket": _socket,
    "zeros without end": _linked("/dev/zero"),
    "a full device": _linked("/dev/full"),
    "what blocks": _linked("/proc/kmsg"),
    "the memory of a process": _linked("/proc/self/mem"),
    "more than is read": _sparse,
    CLOSED: _closed,
    "zeros": _content(bytes(10_000)),
    "no UTF-8": _content(b"a = \xff\xfe\x80\n[\xc3(]\n"),
    "UTF-16": _content("[a]\na = 1\n".encode("utf-16")),
    "one line": _content(b"a" * _LONG),
    "depth": _nested,
    "a long number": _number,
}
"""Every kind, by a phrase."""

UNREADABLE: Final = (
    *("a named pipe", "a directory", "a link to itself", "a socket", "zeros without end", "a full device"),
    *("what blocks", "the memory of a process", "more than is read", CLOSED),
)
"""Those of which not a byte is had."""


def put(path: Path, kind: str) -> None:
    """Let a kind lie at a path, whatever was there."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    KINDS[kind](path)


def remove(path: Path) -> None:
    """Take away what lies at a path."""
    try:
        mode = path.lstat().st_mode
    except OSError:
        return
    if stat.S_ISDIR(mode):
        shutil.rmtree(path)
    else:
        path.unlink()
