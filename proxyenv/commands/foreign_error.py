"""What Python or the operating system raised, as an error of proxyenv: whole classes, not one by one.

A value that a parser refuses is never repeated, since it may hold a password: its file is named, or the line
of the program that read it. What is of none of these classes is a bug.
"""

from __future__ import annotations

import errno
import sys
from pathlib import PurePath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.errors import ProxyenvError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import FrameType

_PACKAGE: Final = __file__.rpartition("commands")[0]

_AGAIN: Final = "then run the command again"

_SHORT_OF: Final[Mapping[int, str]] = MappingProxyType(
    {
        errno.ENOMEM: "memory",
        errno.EMFILE: "open files",
        errno.ENFILE: "open files",
        errno.EAGAIN: "processes",
    }
)

_LIMITS: Final[Mapping[str, tuple[str, str, int]]] = MappingProxyType(
    {
        "memory": ("RLIMIT_AS", "v", 1024),
        "open files": ("RLIMIT_NOFILE", "n", 1),
        "processes": ("RLIMIT_NPROC", "u", 1),
    }
)
"""The limit of each, the letter of `ulimit` in every shell, and the unit that it counts in."""

_NO_SPACE: Final = frozenset({errno.ENOSPC, errno.EDQUOT})

_UNMAPPED: Final = ("failed to map segment", "cannot allocate memory", "cannot map zero-fill pages")
"""What the loaders of glibc and musl say of a library for which there is no memory."""


def find_foreign_error(error: BaseException, verb: str) -> ProxyenvError | None:
    """The error for the user.

    Args:
        error: what nobody caught.
        verb: what was run.

    Returns:
        ``None``: it is of no such class, and so a bug.
    """
    verb = verb or "proxyenv"
    return (
        _find_missing(error)
        or _find_shortage(error, verb)
        or _find_refusal(error, verb)
        or _find_unreadable(error, verb)
    )


def explain_unsaid(error: OSError, verb: str) -> ProxyenvError:
    """The error of a verb that has changed what it had to, and cannot say so.

    Args:
        error: what the operating system says of standard output.
        verb: what was run.
    """
    reason = _describe_reason(error)
    message = f"`standard output` cannot be used: {reason}; what `{verb}` had to change is changed"
    code = "no-space" if error.errno in _NO_SPACE else "system-refused"
    return ProxyenvError(code, message, hint="the command need not be run again")


def _find_missing(error: BaseException) -> ProxyenvError | None:
    """Where a package that proxyenv needs is not there, as in a clone that was not installed."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if name in {"", "proxyenv"} or name in sys.stdlib_module_names:
        return None
    import shlex

    place = _PACKAGE.rpartition("proxyenv")[0].rstrip("/\\")
    command = shlex.join([sys.executable, "-m", "pip", "install", place])
    message = f"`{name}` is not installed for `{sys.executable}`, and proxyenv needs it"
    return ProxyenvError(
        "dependency-missing", message, hint=f"`{command}` installs proxyenv with what it needs"
    )


def _find_shortage(error: BaseException, verb: str) -> ProxyenvError | None:
    short_of = _name_shortage(error)
    if short_of is None:
        return None
    source = _find_source(error) if isinstance(error, MemoryError) else ""
    while_reading = f" while it read {source}" if source else ""
    message = f"the system gives `{verb}` no more {short_of}{while_reading}"
    return ProxyenvError("out-of-resources", message, hint=_raise_limit(short_of))


def _name_shortage(error: BaseException) -> str | None:
    if isinstance(error, MemoryError):
        return "memory"
    if isinstance(error, OSError):
        return _SHORT_OF.get(error.errno or 0)
    if isinstance(error, ImportError) and any(words in str(error).lower() for words in _UNMAPPED):
        return "memory"
    if isinstance(error, RuntimeError) and str(error) == "can't start new thread":
        return "memory" if _find_limit("memory") else "processes"
    return None


def _find_limit(short_of: str) -> tuple[int, int] | None:
    """The limit that this process has and the highest that it may give itself, -1 for none; if it has one."""
    if sys.platform != "win32":
        import resource

        number = getattr(resource, _LIMITS[short_of][0])
        limit, highest = resource.getrlimit(number)
        if limit != resource.RLIM_INFINITY:
            return limit, -1 if highest == resource.RLIM_INFINITY else highest
    return None


def _raise_limit(short_of: str) -> str:
    found = _find_limit(short_of)
    if found is None:
        return f"end programs that take many resources, {_AGAIN}"
    limit, highest = found
    _, letter, unit = _LIMITS[short_of]
    if limit == highest:
        return (
            f"a higher limit than that of this shell (`ulimit -{letter}` shows it) can only be given by root"
        )
    more = "unlimited" if highest == -1 else str(highest // unit)
    return f"`ulimit -S -{letter} {more}` raises the limit of this shell, {_AGAIN}"


def _find_refusal(error: BaseException, verb: str) -> ProxyenvError | None:
    if not isinstance(error, OSError):
        return None
    reason = _describe_reason(error)
    named = error.filename
    path = named.decode("utf-8", "replace") if isinstance(named, bytes) else str(named or "")
    what = f"`{path}` cannot be used" if path and "://" not in path else f"`{verb}` cannot go on"
    if error.errno in _NO_SPACE:
        return ProxyenvError("no-space", f"{what}: {reason}", hint=f"free some space there, {_AGAIN}")
    return ProxyenvError("system-refused", f"{what}: {reason}")


def _describe_reason(error: OSError) -> str:
    words = (error.strerror or "").strip()
    return words[:1].lower() + words[1:] or type(error).__name__


def _find_unreadable(error: BaseException, verb: str) -> ProxyenvError | None:
    is_deep = isinstance(error, RecursionError)
    if not is_deep and not _is_of_a_parser(error):
        return None
    what = "is nested too deeply" if is_deep else f"is not what `{verb}` can read ({type(error).__name__})"
    source = _find_source(error) or f"something that `{verb}` read"
    return ProxyenvError("input-unreadable", f"{source} {what}, at {_find_place(error)}")


def _is_of_a_parser(error: BaseException) -> bool:
    """Whether it was raised by a library on what it was given, and not by proxyenv about itself."""
    if not isinstance(error, ValueError):
        return False
    innermost = next(_walk(error), None)
    is_foreign = innermost is not None and not innermost[0].f_code.co_filename.startswith(_PACKAGE)
    # the second is what Python says of a number of more digits than it reads
    return is_foreign or isinstance(error, UnicodeError) or str(error).startswith("Exceeds the limit")


def _walk(error: BaseException) -> Iterator[tuple[FrameType, int]]:
    """The frames and lines that an error came through, the innermost first."""
    found = []
    trace = error.__traceback__
    while trace is not None:
        found.append((trace.tb_frame, trace.tb_lineno))
        trace = trace.tb_next
    return reversed(found)


def _find_source(error: BaseException) -> str:
    """What was being read, as the innermost function that was told of it names it."""
    for frame, _ in _walk(error):
        if frame.f_code.co_filename.startswith(_PACKAGE):
            source, path = frame.f_locals.get("source"), frame.f_locals.get("path")
            if isinstance(source, str) and source:
                return source
            if isinstance(path, PurePath):
                return f"`{path}`"
    return ""


def _find_place(error: BaseException) -> str:
    """The innermost line of proxyenv."""
    for frame, line in _walk(error):
        name = frame.f_code.co_filename
        if name.startswith(_PACKAGE):
            return f"`proxyenv/{name.removeprefix(_PACKAGE)}`, line {line}"
    return "an unknown line"
