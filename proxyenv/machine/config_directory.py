"""Where the env files lie and what is in them, found without importing what takes time."""

from __future__ import annotations

import os
import stat
import sys

_MOST = 1024 * 1024
"""Of an env file, in bytes."""

_READING = os.O_RDONLY | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
"""As :mod:`proxyenv.bounded` opens, which takes longer to import than this to run."""

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` takes a third of a start

if TYPE_CHECKING:
    from proxyenv.model.target import Variable

HOME_VARIABLE = "PROXYENV_HOME"
"""Means the same as ``--prefix``, for every verb."""

NO_HOME = "/nonexistent"
"""The home of Debian's `nobody`, which nothing may create."""

_USUAL = {"config": "~/.config", "data": "~/.local/share", "state": "~/.local/state", "cache": "~/.cache"}


def find_config_directory(prefix: str | None) -> str:
    """The directory of the env files, absolute.

    Args:
        prefix: what ``--prefix`` says, or ``None``.
    """
    given = prefix or os.environ.get(HOME_VARIABLE)
    if given:
        return os.path.realpath(os.path.expanduser(given))  # noqa: PTH111 - pathlib costs as much as the rest
    return find_user_directory("config")


def find_user_directory(kind: str) -> str:
    """The directory of this user for our files of a kind: ``config``, ``data``, ``state`` or ``cache``.

    On Linux this is the XDG rule that platformdirs implements, written out: importing platformdirs takes a
    third of what starting Python takes. A test holds the two together. A relative value does not count, as
    the specification says: it would mean files of whatever directory one is in.
    """
    platform: str = sys.platform  # a variable, or type checkers would take the rest for unreachable elsewhere
    if platform != "linux" or "ANDROID_DATA" in os.environ:
        from platformdirs import PlatformDirs

        return str(getattr(PlatformDirs("proxyenv", appauthor=False), f"user_{kind}_dir"))
    base = os.environ.get(f"XDG_{kind.upper()}_HOME", "")
    if not os.path.isabs(base):  # noqa: PTH117 - pathlib costs as much as all the rest
        base = os.path.expanduser(_USUAL[kind])  # noqa: PTH111 - as above
    if not os.path.isabs(base):  # noqa: PTH117 - as above
        base = f"{NO_HOME}/{base}"  # `HOME` is relative, or this user has none
    return f"{base}/proxyenv"


def find_env_file(directory: str, dialect: str) -> bytes | None:
    """The content of the env file of a dialect; ``None`` where it is not there, or cannot be read."""
    try:
        return read_small(f"{directory}/env.{dialect}")
    except OSError:
        return None


def read_small(path: str) -> bytes:
    """Every byte of a small file, such as an env file or `proxyenv.toml`.

    Raises:
        OSError: it cannot be read, is not a regular file (a pipe could block forever), or is larger than a
            mebibyte: half of a script is none.
    """
    _require_small(os.stat(path), path)  # noqa: PTH116 - pathlib costs as much as the rest
    descriptor = os.open(path, _READING)
    try:
        _require_small(os.fstat(descriptor), path)  # something else may lie there by now
        found = b""
        while len(found) <= _MOST and (more := os.read(descriptor, _MOST + 1 - len(found))):
            found += more
    finally:
        os.close(descriptor)
    if len(found) > _MOST:
        raise _too_large(path)
    return found


def _require_small(status: os.stat_result, path: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise OSError(0, "it is not a regular file", path)
    if status.st_size > _MOST:
        raise _too_large(path)


def _too_large(path: str) -> OSError:
    return OSError(0, "it is larger than 1 MiB", path)


def read_variables(directory: str) -> tuple[Variable, ...]:
    """What ``env.sh`` sets and unsets, and which file it looks for before it does.

    Args:
        directory: of the env files.

    Raises:
        DiscoveryError: ``not-installed``, or ``file-unreadable``: it is not as this version writes it.
    """
    from proxyenv.catalog.shells.posix import parse_posix
    from proxyenv.errors import DiscoveryError, not_installed

    path = f"{directory}/env.sh"
    try:
        variables = parse_posix(read_small(path).decode("utf-8", "surrogateescape"))
    except FileNotFoundError as error:
        raise not_installed() from error
    except OSError as error:
        raise DiscoveryError("file-unreadable", f"`{path}` cannot be read: {error.strerror}") from error
    if not variables:
        raise DiscoveryError(
            "file-unreadable",
            f"`{path}` is not as proxyenv writes it",
            hint="`proxyenv refresh` writes it again",
        )
    return variables


def is_readable(path: str) -> bool:
    """Whether this process may read a file."""
    return os.access(path, os.R_OK)


def is_executable(path: str) -> bool:
    """Whether this process may run a file."""
    return os.access(path, os.X_OK)
