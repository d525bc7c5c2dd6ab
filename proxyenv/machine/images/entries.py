"""The files of a layer, from a tar or from a directory: each with a stream of its content."""

from __future__ import annotations

import errno
import os
import stat
from functools import partial
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from proxyenv.machine.content import render_reason
from proxyenv.machine.images.headers import read_headers, skip_map
from proxyenv.machine.images.reader import CHUNK, ForwardStream, damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from io import FileIO
    from pathlib import Path

    from proxyenv.machine.images.headers import Header
    from proxyenv.machine.images.reader import Allowance
    from proxyenv.model.image import NodeKind

_LONGEST: Final = 4096
"""Of a path, as Linux has it."""
_MOST_LISTED: Final = 1_000_000
"""Of one directory: its names are sorted."""
_PERMISSIONS: Final = 0o7777
_HARD_LINK: Final = b"1"
_KINDS_OF_FLAGS: Final[Mapping[bytes, NodeKind]] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"S": "file",
    _HARD_LINK: "file",
    b"2": "link",
    b"5": "directory",
}
_KINDS: Final[Mapping[int, NodeKind]] = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
}


class Entry(NamedTuple):
    """One file of a layer.

    Args:
        path: without a leading slash; empty for the root itself.
        kind: what it is; `file` also for a hard link.
        mode: the permissions.
        uid: the owner.
        gid: the group.
        size: of its content, in bytes; of a sparse file what is stored of it.
        target: of a symlink, as it is written; of a hard link the path.
        is_hard_link: whether its content is that of *target*.
        read: the content, in pieces; it is to be read before the next entry is asked for.
    """

    path: str
    kind: NodeKind
    mode: int
    uid: int
    gid: int
    size: int
    target: str
    is_hard_link: bool
    read: Callable[[], Iterator[bytes]]


def read_tar(chunks: Iterator[bytes], name: str, ignored: Callable[[str], None]) -> Iterator[Entry]:
    """The entries of a tar, each as it comes.

    Args:
        chunks: the tar, without compression.
        name: what it is, for messages.
        ignored: told of each entry that no container would have, in a clause.

    Raises:
        DiscoveryError: ``image-unreadable``: it is no tar, damaged or cut off.
    """
    stream = ForwardStream(chunks, name)
    try:
        for header in read_headers(stream):
            entry = _describe(header, stream, ignored)
            if entry is not None:
                yield entry
    except (ArithmeticError, LookupError, RuntimeError, ValueError) as error:
        raise damaged(name, "is damaged: a header in it says what no header can") from error


def _describe(header: Header, stream: ForwardStream, ignored: Callable[[str], None]) -> Entry | None:
    path = normalise(header.path)
    if path is None:
        ignored("an entry whose path leads out of the image")
        return None
    kind = _KINDS_OF_FLAGS.get(header.flag, "other")
    is_hard_link = header.flag == _HARD_LINK
    target = normalise(header.target) if is_hard_link else header.target if kind == "link" else ""
    if target is None:
        ignored("a hard link that leads out of the image")
        return None
    if len(target) > _LONGEST:
        ignored("a link that is longer than Linux allows")
        return None
    return Entry(
        path,
        kind,
        header.mode & _PERMISSIONS,  # of any size, and `stat.S_IMODE` takes 32 bits
        header.uid,
        header.gid,
        header.size if kind == "file" else 0,
        target,
        is_hard_link,
        lambda: _read_member(header, stream),
    )


def _read_member(header: Header, stream: ForwardStream) -> Iterator[bytes]:
    """What is stored of a file. The holes of a sparse one are left out: nobody has written anything there."""
    rest = skip_map(stream, header.size) if header.has_map else header.size
    while rest > 0:
        part = stream.read_whole(min(rest, CHUNK))  # whole pieces: the first one says what a file is
        rest -= len(part)
        yield part


def normalise(name: str) -> str | None:
    """A path inside the image, without a leading slash; ``None`` where it leads out, or is too long."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts or "\0" in name or len(name) > _LONGEST:
        return None
    return "/".join(parts)


def read_directory(
    root: Path, allowance: Allowance, ignored: Callable[[str], None], *, skips_holes: bool = True
) -> Iterator[Entry]:
    """The files below a directory, such as the root of an image. No symlink is followed.

    Args:
        root: the directory.
        allowance: what is left of the image's.
        ignored: told of what could not be read, in a clause.
        skips_holes: whether holes are left out; in a tar each byte has its place.

    Raises:
        DiscoveryError: ``image-unreadable``: it has more than any image has.
    """
    device = root.stat().st_dev
    waiting = [("", str(root))]
    while waiting:
        path, real = waiting.pop()
        try:
            names = _list(real, allowance.name)
        except OSError as error:
            ignored(f"`/{path}`, which cannot be listed: {render_reason(error)}")
            continue
        for name in names:
            inner = f"{path}/{name}" if path else name
            place = os.path.join(real, name)  # noqa: PTH118 - one of millions
            try:
                status = os.lstat(place)
            except OSError:
                continue
            if status.st_dev != device:
                ignored(f"`/{inner}`, which is another file system")
                continue
            pieces = partial(_read_file, inner, place, allowance, ignored, skips_holes=skips_holes)
            yield _describe_file(inner, place, status, pieces)
            if stat.S_ISDIR(status.st_mode):
                waiting.append((inner, place))


def _list(directory: str, name: str) -> list[str]:
    """The names in a directory, sorted."""
    with os.scandir(directory) as listed:
        names = [each.name for each in islice(listed, _MOST_LISTED + 1)]
    if len(names) > _MOST_LISTED:
        raise damaged(name, f"has more than {_MOST_LISTED} files in one directory")
    return sorted(names)


def _describe_file(
    path: str, real: str, status: os.stat_result, read: Callable[[], Iterator[bytes]]
) -> Entry:
    kind = _KINDS.get(stat.S_IFMT(status.st_mode), "other")
    target = ""
    if kind == "link":
        try:
            target = os.readlink(real)  # noqa: PTH115 - as it is written
        except OSError:
            kind = "other"
    return Entry(
        path,
        kind,
        stat.S_IMODE(status.st_mode),
        status.st_uid,
        status.st_gid,
        status.st_size,
        target,
        False,  # noqa: FBT003 - a hard link is a file here
        read,
    )


def _read_file(
    path: str, real: str, allowance: Allowance, ignored: Callable[[str], None], *, skips_holes: bool
) -> Iterator[bytes]:
    """What is stored of a file, up to the size that it has now."""
    flags: Any = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(real, flags), "rb", buffering=0) as file:  # noqa: PTH123 - by a descriptor
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                return
            while (start := _skip_hole(file) if skips_holes else file.tell()) < status.st_size:
                part = file.read(min(CHUNK, status.st_size - start))
                if not part:
                    return
                allowance.take(len(part))
                yield part
    except OSError as error:
        ignored(f"`/{path}`, which cannot be read: {render_reason(error)}")


def _skip_hole(file: FileIO) -> int:
    """Go to the next byte that is stored, and say where it is; at the end nothing is."""
    if not hasattr(os, "SEEK_DATA"):
        return file.tell()
    try:
        return file.seek(file.tell(), os.SEEK_DATA)
    except OSError as error:
        if error.errno == errno.ENXIO:  # nothing but a hole follows
            return file.seek(0, os.SEEK_END)
        return file.tell()
