"""Foreign bytes, directories and programs: at most so much of each, in so much time, and never a device.

Every room reads through this. What is more than the limit is an :class:`OSError`, as a missing file is one.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import stat
import sys
from typing import IO, TYPE_CHECKING, Final, cast

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    import io
    import subprocess
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

LIMIT: Final = 64 * 1024 * 1024
"""In bytes. Nothing that is read here is larger by far; a device or a log file may be endless."""

_MOST_ENTRIES: Final = 100_000
"""Of a directory."""

_MOST_OUTPUT: Final = 4 * 1024 * 1024
"""In bytes, of each stream of a program."""

_READING: Final = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""Windows changes line ends without the one flag; reading never waits with the other."""

_CHUNK: Final = 1024 * 1024

_WILDCARDS: Final = frozenset("*?[")


def read_content(path: Path, *, limit: int = LIMIT) -> bytes:
    """Every byte of a regular file; a symlink is followed.

    Args:
        path: the file.
        limit: the largest, in bytes.

    Raises:
        OSError: it cannot be read, is not a regular file (a pipe could block forever), or is larger
            than *limit*.
    """
    with open_file(path, limit=limit) as file:
        return read_open(file, path, limit=limit)


def read_start(path: Path | str, *, most: int) -> bytes:
    """The first bytes of a regular file, *most* of them if it has as many; a symlink is followed.

    Raises:
        OSError: as for :func:`open_file`.
    """
    found = bytearray()
    with open_file(path) as file:
        while len(found) < most and (more := _read_some(file, path, most - len(found))):
            found += more
    return bytes(found)


def read_chunks(file: io.FileIO, path: Path | str) -> Iterator[bytes]:
    """The rest of a file that is open, in pieces of a megabyte at most; it may be of any size.

    Raises:
        OSError: it cannot be read, or has nothing to read yet.
    """
    while more := _read_some(file, path, _CHUNK):
        yield more


def open_file(path: Path | str, *, limit: int | None = None, pipe: bool = False) -> io.FileIO:
    """A regular file that is open for reading; a symlink is followed.

    Args:
        path: the file.
        limit: the largest that it may say it is, in bytes; ``None`` for any.
        pipe: whether it may be a pipe too, as a shell makes one for ``<(…)``: one that nobody writes to ends
            at once, and one that somebody has open is waited for.

    Raises:
        OSError: it cannot be opened, is too large, or is anything else: a pipe or a device could block
            forever.
    """
    with _possible(path):
        status = os.stat(path)  # noqa: PTH116 - may be a text
    _require_file(status, path, limit, pipe=pipe)  # opening may do something
    file = open(os.open(path, _READING), "rb", buffering=0)  # noqa: PTH123, SIM115 - a descriptor, for the caller
    try:
        status = os.fstat(file.fileno())
        _require_file(status, path, limit, pipe=pipe)  # something else may lie there by now
        if stat.S_ISFIFO(status.st_mode) and sys.platform != "win32":
            os.set_blocking(file.fileno(), True)
    except BaseException:
        file.close()
        raise
    return file


def resolve_path(path: Path | str) -> str:
    """The path with every symlink followed, whether or not something is there.

    Raises:
        OSError: no file can have such a name.
    """
    with _possible(path):
        return os.path.realpath(path)


@contextlib.contextmanager
def _possible(path: Path | str) -> Iterator[None]:
    """Refuse a name with a NUL, or with what no file system encodes, as what it is: no file."""
    try:
        yield
    except ValueError as error:
        raise OSError(errno.EINVAL, "no file can have such a name", str(path)) from error


def _require_file(status: os.stat_result, path: Path | str, limit: int | None, *, pipe: bool) -> None:
    """Refuse what is no regular file, or says itself that it is too large."""
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    if not (stat.S_ISREG(status.st_mode) or (pipe and stat.S_ISFIFO(status.st_mode))):
        raise OSError(errno.EINVAL, "it is not a regular file", str(path))
    if limit is not None and status.st_size > limit:
        raise _too_large(path, limit)


if sys.platform == "linux":
    _GET_FLAGS: Final = 0x80086601
    """``FS_IOC_GETFLAGS`` of x86 and ARM (``linux/fs.h``); elsewhere the answer is an error."""

    def read_flags(path: Path) -> int:
        """What ``chattr`` has given a file or a directory; 0 where there is nothing, or it cannot be read."""
        import fcntl

        try:
            mode = path.stat().st_mode
            if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):  # what a device makes of it is its own
                return 0
            descriptor = os.open(path, _READING)
        except OSError:
            return 0
        try:
            return int.from_bytes(fcntl.ioctl(descriptor, _GET_FLAGS, bytes(8))[:4], sys.byteorder)
        except OSError:
            return 0
        finally:
            os.close(descriptor)

else:

    def read_flags(path: Path) -> int:  # noqa: ARG001 - as on Linux
        """Other systems have no ``chattr``."""
        return 0


def read_open(file: io.FileIO, path: Path | str, *, limit: int = LIMIT) -> bytes:
    """The rest of a file that is open. What is no file on a disk may have nothing to read yet.

    Raises:
        OSError: it cannot be read, or is larger than *limit*.
    """
    found = bytearray()
    while len(found) <= limit:
        more = _read_some(file, path, min(limit + 1 - len(found), _CHUNK))
        if not more:
            return bytes(found)
        found += more
    found.clear()  # whoever keeps the error keeps this frame too
    raise _too_large(path, limit)


def _read_some(file: io.FileIO, path: Path | str, size: int) -> bytes:
    """Some of what is left, or nothing at the end."""
    more = file.read(size)
    if more is None:
        raise OSError(errno.EAGAIN, "it has no end", str(path))
    return more


def _too_large(path: Path | str, limit: int) -> OSError:
    return OSError(errno.EFBIG, f"it is larger than {_describe(limit)}", str(path))


def _describe(size: int) -> str:
    return f"{size // 1024**2} MiB" if size >= 1024**2 else f"{size // 1024} kiB"


def list_directory(path: Path, *, most: int = _MOST_ENTRIES) -> tuple[Path, ...]:
    """What is in a directory, in no order.

    Raises:
        OSError: it cannot be read, or has more than *most* entries.
    """
    with _possible(path), os.scandir(path) as entries:
        found = tuple(path / entry.name for entry, _ in zip(entries, range(most + 1), strict=False))
    if len(found) > most:
        raise OSError(errno.EFBIG, f"it has more than {most:,} entries", str(path))
    return found


def add_sizes(paths: Iterable[Path]) -> int:
    """How large files are together, in bytes; a symlink is followed, and what leads nowhere has no size."""
    total = 0
    for path in paths:
        with contextlib.suppress(OSError):
            total += path.stat().st_size
    return total


def find_below(path: Path, pattern: str, *, most: int = _MOST_ENTRIES) -> tuple[Path, ...]:
    """What a glob pattern finds below a directory, in no order. What cannot be listed is passed over.

    Args:
        path: the directory.
        pattern: as of :meth:`pathlib.Path.glob`; ``**`` follows no symlinks.
        most: entries that are looked at, found or not.

    Raises:
        OSError: there are more.
    """
    found: list[Path] = []
    waiting = [(path, tuple(pattern.split("/")))]
    left = most
    while waiting:
        place, parts = waiting.pop()
        if not parts:
            found.append(place)
        elif not _WILDCARDS.intersection(parts[0]):
            if os.path.exists(place / parts[0]):  # noqa: PTH110 - never raises
                waiting.append((place / parts[0], parts[1:]))
        else:
            entries = _list_entries(place, most=left + 1)
            left -= len(entries)
            if left < 0:
                raise OSError(errno.EFBIG, f"it has more than {most:,} entries below it", str(path))
            waiting += _descend(place, parts, entries)
    return tuple(found)


def _list_entries(directory: Path, *, most: int) -> list[os.DirEntry[str]]:
    """The first entries of a directory; none where it cannot be read."""
    try:
        with os.scandir(directory) as entries:
            return [entry for entry, _ in zip(entries, range(most), strict=False)]
    except OSError:
        return []


def _descend(
    place: Path, parts: tuple[str, ...], entries: Sequence[os.DirEntry[str]]
) -> Iterator[tuple[Path, tuple[str, ...]]]:
    """Where the rest of a pattern, which begins with a wildcard, goes on."""
    from fnmatch import fnmatch

    if parts[0] != "**":
        yield from ((place / each.name, parts[1:]) for each in entries if fnmatch(each.name, parts[0]))
        return
    yield place, parts[1:]
    yield from ((place / each.name, parts) for each in entries if each.is_dir(follow_symlinks=False))


class Ended(NamedTuple):
    """What a program said.

    Args:
        status: with which it ended.
        stdout: its output.
        stderr: its errors.
    """

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def said(self) -> str:
        """Its errors, or where there are none its output, in one line."""
        return " ".join((self.stderr.strip() or self.stdout).decode("utf-8", "replace").split())


def find_search_path(environment: Mapping[str, str], name: str = "PATH") -> str:
    """The directories that a variable lists, without relative ones, which depend on the directory one is in.

    Whoever can write there would choose the program that is started, or the module that is imported.
    """
    return os.pathsep.join(filter(os.path.isabs, environment.get(name, "").split(os.pathsep)))


def guard_search(environment: Mapping[str, str]) -> dict[str, str]:
    """The variables for another process, which finds no program and no module by a relative directory.

    An empty ``PATH`` would mean the directory that one is in, too.
    """
    guarded = dict(environment)
    if "PATH" in guarded:
        guarded["PATH"] = find_search_path(guarded) or find_search_path({"PATH": os.defpath})
    if "PYTHONPATH" in guarded:
        guarded["PYTHONPATH"] = find_search_path(guarded, "PYTHONPATH")
    return guarded


def find_neutral_directory(program: str) -> str:
    """Where a program runs that is about no project: the root of its file system.

    Programs, and the shims of version managers, look for a project's files in every directory above theirs,
    and above a temporary one there is a directory that everyone may write to.
    """
    return os.path.splitdrive(program)[0] + os.sep


def run_program(  # noqa: PLR0913 - what a process is
    command: Sequence[str],
    *,
    seconds: float,
    environment: Mapping[str, str],
    directory: Path | str | None = None,
    given: bytes = b"",
    most: int = _MOST_OUTPUT,
    user: tuple[int, int, Sequence[int]] | None = None,
) -> Ended:
    """Run a program that answers, and end it where it takes too long or says too much.

    Args:
        command: the program, by its path, and its arguments.
        seconds: how long it may take.
        environment: all that it gets, but for what :func:`guard_search` takes away.
        directory: where it runs; by default in :func:`find_neutral_directory`.
        given: its standard input.
        most: of each of its streams, in bytes.
        user: the user, the group and all groups that it runs with, where root starts it for another user.

    Raises:
        OSError: it could not be started, took too long, or printed more than *most*.
    """
    import subprocess

    number, group, groups = user or (None, None, None)
    with subprocess.Popen(
        list(command),
        env=guard_search(environment),
        cwd=directory or find_neutral_directory(command[0]),
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,  # so that all that it starts can be ended with it
        user=number,
        group=group,
        extra_groups=groups,
    ) as process:
        try:
            return _listen(process, given, most, seconds)
        except BaseException:
            _end(process)
            raise


def _listen(process: subprocess.Popen[bytes], given: bytes, most: int, seconds: float) -> Ended:
    import subprocess
    import time
    from threading import Thread

    heard: tuple[bytearray, bytearray] = (bytearray(), bytearray())
    streams = cast("tuple[IO[bytes], IO[bytes]]", (process.stdout, process.stderr))
    threads = [
        Thread(target=_hear, args=(stream, found, most, process), daemon=True)
        for stream, found in zip(streams, heard, strict=True)
    ]
    if given:
        threads.append(Thread(target=_tell, args=(cast("IO[bytes]", process.stdin), given), daemon=True))
    until = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        if max(map(len, heard)) <= most:
            thread.join(max(until - time.monotonic(), 0.0))
    if max(map(len, heard)) > most:
        raise OSError(errno.EFBIG, f"it printed more than {_describe(most)}")
    try:
        status = process.wait(max(until - time.monotonic(), 0.0))
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(errno.ETIMEDOUT, f"it took more than {seconds:g} s") from error
    return Ended(status, bytes(heard[0]), bytes(heard[1]))


def _hear(stream: IO[bytes], found: bytearray, most: int, process: subprocess.Popen[bytes]) -> None:
    """Take what comes, until there is no more of it or it is too much."""
    try:
        while more := os.read(stream.fileno(), _CHUNK):
            found += more
            if len(found) > most:
                _end(process)
                return
    except MemoryError:  # what was heard of it must not be taken for all
        _end(process)
    except (OSError, ValueError):  # one of the two sides has closed it by then
        return


if sys.platform == "win32":

    def _end(process: subprocess.Popen[bytes]) -> None:
        process.kill()

else:

    def _end(process: subprocess.Popen[bytes]) -> None:
        """End a program that nobody has waited for yet, and all that it has started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _tell(stream: IO[bytes], given: bytes) -> None:
    """Hand on the standard input; a program need not read it."""
    with contextlib.suppress(OSError, ValueError), stream:
        stream.write(given)
