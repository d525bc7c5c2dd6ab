"""One file at a time: it has its old content or its new one, never anything between.

New content is *staged* under a temporary name in the same directory, complete, with its final mode
and owner, and on the disk; *publishing* it is one rename. What writes raises
:class:`~proxyenv.apply.faults.Fault` when the operating system refuses.

Every temporary name follows from the name that it stands in for, so whoever looks for what a killed run
left finds all of it without a list, and never mistakes somebody else's file for it.
"""

from __future__ import annotations

import contextlib
import errno
import os
import stat
import sys
from functools import partial
from typing import TYPE_CHECKING, Final

from proxyenv.apply.faults import Fault, attributed, step
from proxyenv.apply.identity import acting_as, acting_for, find_acting_user
from proxyenv.bounded import LIMIT, read_open
from proxyenv.model.change import FileState

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
    from pathlib import Path
    from threading import Thread

    from proxyenv.formats.overwrite import Overwrite

    Opened = tuple[Path, int]
    """What is open to be brought to the disk: the path that it is there on behalf of, and its descriptor."""


_PRIVATE: Final = 0o600

SUFFIX: Final = ".proxyenv-tmp"
"""What every temporary name ends with."""


def temporary_file(path: Path) -> Path:
    """Where the next content of *path* is prepared: ``.bashrc`` → ``..bashrc.proxyenv-tmp``."""
    return path.with_name(f".{path.name}{SUFFIX}")


def moved_aside(path: Path) -> Path:
    """Where a replaced directory waits to be deleted: ``certs`` → ``.certs.old.proxyenv-tmp``."""
    return temporary_file(path.with_name(f"{path.name}.old"))


def emptied(path: Path) -> Path:
    """Where the files of a directory go that cannot be moved: ``certs`` → ``.certs.emptied.proxyenv-tmp``."""
    return temporary_file(path.with_name(f"{path.name}.emptied"))


def overwrite_file(path: Path) -> Path:
    """What *path* held before it was written in place: ``.bashrc`` → ``..bashrc.before.proxyenv-tmp``."""
    return temporary_file(path.with_name(f"{path.name}.before"))


def temporary_directory(directory: Path) -> Path:
    """Where the directory *directory* is built or taken down: ``.local`` → ``.local.proxyenv-tmp``."""
    return directory.with_name(f"{directory.name}{SUFFIX}")


def temporary_names(paths: Iterable[Path], directories: Iterable[Path]) -> tuple[Path, ...]:
    """Every name under which a killed run may have left a file or a directory.

    Args:
        paths: the files that a run may have been writing, the receipt among them; absolute, resolved.
        directories: the directories of the installation, existing or not. The killed run may have
            been creating any directory above them too, so those count as well.

    Returns:
        Each name once, existing or not.
    """
    above: dict[Path, None] = {}
    for directory in directories:
        ancestor = directory
        while ancestor.name and ancestor not in above:
            above[ancestor] = None
            ancestor = ancestor.parent
    files = tuple(paths)
    names = (*map(temporary_file, files), *map(overwrite_file, files), *map(temporary_directory, above))
    return tuple(dict.fromkeys(names))


if sys.platform == "win32":
    _READ: Final = os.O_RDONLY | os.O_BINARY
    _NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_BINARY
else:
    # O_NONBLOCK: opening a named pipe that somebody put there must fail, not wait for ever.
    _READ: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
    _NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    _DIRECTORY: Final = os.O_RDONLY | os.O_DIRECTORY


def observe(path: Path) -> FileState | None:
    """The file as it is now, or ``None`` when there is none.

    Raises:
        Fault: it is not a regular file, or cannot be read.
    """
    with step(path):
        try:
            descriptor = os.open(path, _READ)
        except (FileNotFoundError, NotADirectoryError):
            return None
        with open(descriptor, "rb", buffering=0) as stream:  # noqa: PTH123 - a descriptor
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise OSError(errno.EINVAL, "Not a regular file")
            owner = None if sys.platform == "win32" else (status.st_uid, status.st_gid)
            return FileState(settled(path, read_open(stream, path)), stat.S_IMODE(status.st_mode), owner)


def settled(path: Path, content: bytes) -> bytes:
    """What a file counts as that holds *content*: as it was, where a run that was killed has half written it.

    Raises:
        OSError: what it was cannot be read.
    """
    known = read_overwrite(path)
    return content if known is None else known.settle(content)


def read_overwrite(path: Path) -> Overwrite | None:
    """What is known of a file that is being written in place, or was when the process was killed.

    Raises:
        OSError: it cannot be read.
    """
    name = overwrite_file(path)
    if not os.path.lexists(name):
        return None
    from proxyenv.formats.overwrite import find_overwrite

    try:
        with open(os.open(name, _READ), "rb", buffering=0) as stream:  # noqa: PTH123 - a descriptor
            return find_overwrite(read_open(stream, name, limit=3 * LIMIT))
    except FileNotFoundError:  # another run has just ended
        return None


def is_as_expected(path: Path, expected: FileState | None) -> bool:
    """Whether content and mode are as expected, or the file is absent as expected.

    The owner is not compared: where a plan leaves it to the operating system there is nothing to
    compare it with.
    """
    found = observe(path)
    if found is None or expected is None:
        return found is expected
    return (found.content, found.mode) == (expected.content, expected.mode)


def stage(path: Path, state: FileState) -> None:
    """Write *state* under the temporary name of *path*, complete and on the disk.

    The file is created with mode 0600 whatever its final mode is, so there is no moment in which
    somebody who may not read it could open it.
    """
    opened: list[Opened] = []
    try:
        write(path, state, opened)
        sync_files(opened)
    finally:
        close(opened)


def write(path: Path, state: FileState, opened: list[Opened], *, may_lack_owner: bool = False) -> None:
    """As :func:`stage`, but not yet on the disk: the file is added to *opened*."""
    discard(path)
    write_new(
        temporary_file(path), state, opened, on_behalf_of=path, like=path, may_lack_owner=may_lack_owner
    )


def write_new(  # noqa: PLR0913 - they are not related
    path: Path,
    state: FileState,
    opened: list[Opened],
    *,
    on_behalf_of: Path,
    like: Path | None = None,
    may_lack_owner: bool = False,
) -> None:
    """Write a file that is not there yet, and add it to *opened*.

    Args:
        path: the file.
        state: what it is to be.
        opened: what is open for writing.
        on_behalf_of: whom a fault is about.
        like: the file whose extended attributes it gets, where there is one.
        may_lack_owner: whether a file that cannot have its owner is written too, for this process alone.
    """
    with step(on_behalf_of):
        descriptor = os.open(path, _NEW, 0o600)
        opened.append((on_behalf_of, descriptor))
        write_all(descriptor, state.content)
        try:
            set_owner(descriptor, state)
        except PermissionError:
            if not may_lack_owner:
                raise
            state = state._replace(mode=_PRIVATE)
        if like is not None:
            _copy_attributes(like, descriptor)
        set_mode(descriptor, state)  # last: a change of owner clears set-id bits, and it opens an ACL


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte to an open file; one call may write fewer."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def close(opened: Iterable[Opened]) -> None:
    """Close files that are open for writing."""
    for _, descriptor in opened:
        os.close(descriptor)


_TOGETHER: Final = ((8, 4), (32, 300))
"""At most so many threads, of at least so many files each. Measured on ext4: eight are the quickest for the
roots that the world ships, and for 10,000 files thirty-two take half as long as eight."""


def sync_files(opened: Sequence[Opened]) -> None:
    """Bring files to the disk, many at a time: a file system takes little longer for all than for one.

    Nothing ends this early: when it returns or raises, no file is being worked on.

    Raises:
        Fault: the operating system refused one of them.
    """
    count = max(1, *(min(most, len(opened) // share) for most, share in _TOGETHER))
    failures: list[BaseException] = []
    shares = [partial(_sync, opened[start::count], failures) for start in range(count)]
    threads: list[Thread] = []
    try:
        for share in shares[1:]:
            _start(share, threads)
        shares[0]()
    finally:
        _join(threads)
    if failures:
        raise failures[0]


def _sync(opened: Iterable[Opened], failures: list[BaseException]) -> None:
    try:
        for path, descriptor in opened:
            with attributed(path):  # the rights are those of all threads
                _fsync(descriptor)
    except BaseException as error:  # noqa: BLE001 - raised again once all threads are done
        failures.append(error)


def _start(share: Callable[[], None], threads: list[Thread]) -> None:
    """Do it in another thread; where there can be no more, do it at once."""
    from threading import Thread

    threads.append(Thread(target=share))
    try:
        threads[-1].start()
    except RuntimeError:
        share()


def _join(threads: Iterable[Thread]) -> None:
    interrupt: BaseException | None = None
    for thread in threads:
        while thread.is_alive():
            try:
                thread.join()
            except BaseException as error:  # noqa: BLE001 - raised again once all threads are done
                interrupt = error
    if interrupt is not None:
        raise interrupt


def publish(path: Path) -> None:
    """Put what was staged in the place of *path*: one rename, after which the old file is gone."""
    with step(path):
        temporary_file(path).replace(path)


def put(path: Path, state: FileState) -> None:
    """Stage and publish in one go, for a file on its own."""
    put_together({path: state})


def put_together(states: Mapping[Path, FileState], *, staged: Collection[Path] = ()) -> None:
    """Stage files and publish them then: a full disk shows up before the first has changed.

    Args:
        states: what they are to be.
        staged: those that are staged so already.

    Raises:
        Fault: the operating system refused; what was staged is gone.
    """
    try:
        for path, state in states.items():
            if path not in staged:
                stage(path, state)
    except BaseException:
        for path in states:
            with contextlib.suppress(Fault):  # what is raised is the first
                discard(path)
        raise
    for path in states:
        publish(path)
        sync_directory(path.parent)


def delete(path: Path) -> None:
    """Delete a file, which may be gone already."""
    _unlink(path, on_behalf_of=path)


def discard(path: Path) -> None:
    """Delete what is staged for *path*, if anything is."""
    _unlink(temporary_file(path), on_behalf_of=path)


def _unlink(path: Path, *, on_behalf_of: Path) -> None:
    # A read-only file system refuses to delete even what is not there, so look first.
    with step(on_behalf_of):
        if os.path.lexists(path):
            path.unlink(missing_ok=True)


def sync_directory(directory: Path) -> None:
    """Bring the names in *directory* to the disk, where the platform has a way to say so."""
    with step(directory):
        _sync_directory(directory)


def needs_group(mode: int) -> bool:
    """Whether a file's group may do what others may not."""
    return bool(mode >> 3 & ~mode & stat.S_IRWXO)


if sys.platform == "win32":

    def _sync_directory(directory: Path) -> None:
        """Windows has no such operation."""

    def open_directory(directory: Path, opened: list[Opened], *, on_behalf_of: Path) -> None:
        """Nor can a directory be opened there."""

    def _fsync(descriptor: int) -> None:
        os.fsync(descriptor)

    def set_owner(descriptor: int, state: FileState) -> None:
        """Windows derives owner and permissions from the directory."""

    def set_mode(descriptor: int, state: FileState) -> None:
        """The same."""

else:

    def _sync_directory(directory: Path) -> None:
        descriptor = os.open(directory, _DIRECTORY)
        try:
            _fsync(descriptor)
        finally:
            os.close(descriptor)

    def open_directory(directory: Path, opened: list[Opened], *, on_behalf_of: Path) -> None:
        """Add a directory to *opened*, so that the names in it are brought to the disk too."""
        with step(on_behalf_of):
            opened.append((on_behalf_of, os.open(directory, _DIRECTORY)))

    def _fsync(descriptor: int) -> None:
        try:
            os.fsync(descriptor)
        except OSError as error:  # a file system without such an operation for directories answers that
            if error.errno != errno.EINVAL or not stat.S_ISDIR(os.fstat(descriptor).st_mode):
                raise

    def set_owner(descriptor: int, state: FileState) -> None:
        """Give an open file or directory its owner; in the home of another user it belongs to that user.

        The group stays there where that user may give it, or where nobody can do more without it.
        """
        status = os.fstat(descriptor)
        if state.owner is None or state.owner == (status.st_uid, status.st_gid):
            return
        if find_acting_user() is None:
            os.fchown(descriptor, *state.owner)
            return
        try:
            os.fchown(descriptor, -1, state.owner[1])
        except PermissionError:
            if needs_group(state.mode):
                raise

    def set_mode(descriptor: int, state: FileState) -> None:
        """Give an open file its exact mode, whatever the umask is."""
        if stat.S_IMODE(os.fstat(descriptor).st_mode) != state.mode:
            os.fchmod(descriptor, state.mode)


if sys.platform == "linux":
    _ACL: Final = "system.posix_acl_access"

    def _copy_attributes(path: Path, staged: int) -> None:
        """Give a new file the extended attributes of the one that it replaces; an ACL is one of them.

        A new file may have inherited an ACL of its directory, which lets others do what they could not.
        """
        if not os.path.lexists(path):
            return
        _remove_acl(staged)
        for name, value in _read_attributes(path).items():
            with contextlib.suppress(OSError):  # what is lacking then is found before the one is replaced
                os.setxattr(staged, name, value)

    def _remove_acl(staged: int) -> None:
        try:
            os.removexattr(staged, _ACL)
        except OSError as error:
            if error.errno not in {errno.ENODATA, errno.ENOTSUP}:
                raise

    def find_lost_attributes(path: Path, staged: Path) -> tuple[str, ...]:
        """The extended attributes of a file that the new one has not got; root knows also those of its own.

        Raises:
            OSError: the file cannot be read.
        """
        known = _read_attributes(staged)
        # Opened with the rights of whoever holds the place, so that no link leads root elsewhere.
        descriptor = os.open(path, _READ)
        try:
            with acting_as(None):
                found = _read_attributes(descriptor)
        finally:
            os.close(descriptor)
        return tuple(name for name, value in found.items() if known.get(name) != value)

    def _read_attributes(file: Path | int) -> dict[str, bytes]:
        follows = isinstance(file, int)
        try:
            names = os.listxattr(file, follow_symlinks=follows)
            return {name: os.getxattr(file, name, follow_symlinks=follows) for name in names}
        except OSError:  # it is not there, or the file system has none
            return {}

else:

    def _copy_attributes(path: Path, staged: int) -> None:
        """Python has no access to them there."""

    def find_lost_attributes(path: Path, staged: Path) -> tuple[str, ...]:  # noqa: ARG001 - as on Linux
        """Nor can it be known which are lost."""
        return ()


def keep_versions(path: Path, content: bytes) -> None:
    """Write the file, for its owner alone. Where that is not possible programs are asked again next time."""
    with contextlib.suppress(OSError, Fault):
        with acting_for(path):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        stage(path, FileState(content, 0o600))
        publish(path)


def forget_versions(path: Path) -> None:
    """Remove the file, and its directory where it is empty then."""
    with contextlib.suppress(OSError), acting_for(path):
        path.unlink()
        path.parent.rmdir()
