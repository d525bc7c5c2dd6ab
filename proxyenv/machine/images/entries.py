"""The files of a layer, from a tar or from a directory: each with a stream of its content."""

from __future__ import annotations

import os
import stat
import tarfile
from typing import IO, TYPE_CHECKING, Any, Final, NamedTuple, cast

from proxyenv.errors import DiscoveryError
from proxyenv.machine.content import render_reason
from proxyenv.machine.images.reader import CHUNK, ForwardFile, damaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from proxyenv.model.image import NodeKind

_LONGEST: Final = 4096
"""Of a path, as Linux has it."""
_BLOCK: Final = 512
_NOTHING: Final = b"\0" * _BLOCK
_BROKEN: Final = (tarfile.TarError, ValueError, ArithmeticError, LookupError, EOFError, OSError)
"""What ``tarfile`` raises for what it cannot read."""
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
        size: of its content, in bytes.
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
    file = ForwardFile(chunks, name)
    try:
        with tarfile.open(fileobj=cast("IO[bytes]", file), mode="r:", errors="surrogateescape") as tar:
            while (member := tar.next()) is not None:
                cast("Any", tar).members.clear()  # it would keep every one
                entry = _describe(member, file, tar, name, ignored)
                if entry is not None:
                    yield entry
    except DiscoveryError:
        raise
    except _BROKEN as error:
        raise damaged(name, "is no tar, or is damaged or cut off") from error
    if file.header not in {_NOTHING, b""}:  # tarfile takes a broken header for the end
        raise damaged(name, "is damaged: a file in it has a broken header")


def _describe(
    member: tarfile.TarInfo,
    file: ForwardFile,
    tar: tarfile.TarFile,
    name: str,
    ignored: Callable[[str], None],
) -> Entry | None:
    path = normalise(member.name)
    if path is None:
        ignored("an entry whose path leads out of the image")
        return None
    kind: NodeKind = "other"
    target = ""
    if member.isreg() or member.islnk():
        kind = "file"
    elif member.isdir():
        kind = "directory"
    elif member.issym():
        kind, target = "link", member.linkname
    if member.islnk():
        inside = normalise(member.linkname)
        if inside is None:
            ignored("a hard link that leads out of the image")
            return None
        target = inside

    def read() -> Iterator[bytes]:
        return _read_sparse(member, tar, name) if member.issparse() else _read_member(member, file, name)

    size = member.size if member.isreg() else 0
    mode, uid, gid = stat.S_IMODE(member.mode), member.uid, member.gid
    return Entry(path, kind, mode, uid, gid, size, target, member.islnk(), read)


def _read_member(member: tarfile.TarInfo, file: ForwardFile, name: str) -> Iterator[bytes]:
    rest = member.size
    file.seek(member.offset_data)
    while rest > 0:
        part = file.read_part(min(rest, CHUNK))
        if not part:
            raise damaged(name, "is cut off")
        rest -= len(part)
        yield part


def _read_sparse(member: tarfile.TarInfo, tar: tarfile.TarFile, name: str) -> Iterator[bytes]:
    try:
        content = tar.extractfile(member)
        while content is not None and (part := content.read(_BLOCK * 64)):
            yield part
    except _BROKEN as error:
        raise damaged(name, "is damaged or cut off") from error


def normalise(name: str) -> str | None:
    """A path inside the image, without a leading slash; ``None`` where it leads out, or is too long."""
    parts = [part for part in name.split("/") if part not in {"", "."}]
    if ".." in parts or "\0" in name or len(name) > _LONGEST:
        return None
    return "/".join(parts)


def read_directory(root: Path, ignored: Callable[[str], None]) -> Iterator[Entry]:
    """The files below a directory, which is the root of an image. No symlink is followed.

    Args:
        root: the directory.
        ignored: told of what could not be read, in a clause.
    """
    device = root.stat().st_dev
    waiting = [("", str(root))]
    while waiting:
        path, real = waiting.pop()
        try:
            with os.scandir(real) as listed:
                found = sorted(listed, key=lambda each: each.name)
        except OSError as error:
            ignored(f"`/{path}`, which cannot be listed: {render_reason(error)}")
            continue
        for each in found:
            inner = f"{path}/{each.name}" if path else each.name
            try:
                status = each.stat(follow_symlinks=False)
            except OSError:
                continue
            if status.st_dev != device:
                ignored(f"`/{inner}`, which is another file system")
                continue
            yield _describe_file(inner, each.path, status, ignored)
            if stat.S_ISDIR(status.st_mode):
                waiting.append((inner, each.path))


def _describe_file(path: str, real: str, status: os.stat_result, ignored: Callable[[str], None]) -> Entry:
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
        lambda: _read_file(path, real, ignored),
    )


def _read_file(path: str, real: str, ignored: Callable[[str], None]) -> Iterator[bytes]:
    flags: Any = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        with open(os.open(real, flags), "rb") as file:  # noqa: PTH123 - by a descriptor
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                return
            while part := file.read(CHUNK):
                yield part
    except OSError as error:
        ignored(f"`/{path}`, which cannot be read: {render_reason(error)}")
