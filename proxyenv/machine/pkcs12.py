"""Opens PKCS#12 files, each in a process of its own, since OpenSSL does whatever such a file asks for.

It hashes as often as the file says, and hears no signal meanwhile. How long that takes cannot be told from
outside of what is encrypted, so it is tried within limits: of one file, and of all files of a run together.
"""

from __future__ import annotations

import base64
import errno
import functools
import json
import math
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import Ended, run_program
from proxyenv.certificates.container import Opening
from proxyenv.formats.parse import parse_json
from proxyenv.own_source import read_own_source

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHILD: Final = "proxyenv.machine.pkcs12_child"
_LIBRARY: Final = ("cryptography", "_cffi_backend")

_SECONDS: Final = 10
"""Of the processor, for one file. A million rounds for each of its parts, the most that any program writes,
take half a second, and on a slow machine five."""

_TOGETHER: Final = 20
"""Of the processor, for all files of a run."""

_BY_THE_CLOCK: Final = 40.0
"""For one file, where the machine is busy or has no limit of the processor's time, as Windows."""

_MEMORY: Final = 1024 * 1024 * 1024
_MOST_OUTPUT: Final = 8 * 1024 * 1024
"""The largest container in base64 is smaller."""

_HANDED_ON: Final = (
    *("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH", "SYSTEMROOT"),
    *("OPENSSL_CONF", "OPENSSL_MODULES", "CRYPTOGRAPHY_OPENSSL_NO_LEGACY"),
)
"""What Python and its OpenSSL may need to start as here; a password is none of it."""

_SHORTAGES: Final = frozenset({errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE})
"""What the system says that gives no further process: nothing about the file."""

_TOO_LONG: Final = -int(getattr(signal, "SIGXCPU", 0)) or None
"""The status of what has used up its time, where there is such a limit."""


class Opener:
    """Opens the PKCS#12 files of one run.

    Each is opened once for the same passwords: a run reads its files several times.

    Args:
        seconds: of the processor, for one file.
        together: for all files.
    """

    def __init__(self, *, seconds: int = _SECONDS, together: int = _TOGETHER) -> None:
        self._seconds = seconds
        self._together = together
        self._left = float(together)
        self._opened: dict[tuple[bytes, tuple[bytes | None, ...]], Opening] = {}

    def __call__(self, content: bytes, passwords: tuple[bytes | None, ...]) -> Opening:
        """Open a file.

        Args:
            content: a PKCS#12, in BER or DER.
            passwords: those to try, one after the other.

        Raises:
            OSError: the system gives no further process.
        """
        key = (content, passwords)
        if key not in self._opened:
            self._opened[key] = self._open(content, passwords)
        return self._opened[key]

    def _open(self, content: bytes, passwords: tuple[bytes | None, ...]) -> Opening:
        over = f"the {self._together} s for all PKCS#12 files are over"
        seconds = min(self._seconds, math.ceil(self._left))
        if seconds <= 0:
            return Opening(refusal=over)
        too_long = over if seconds < self._seconds else f"opening it takes more than {seconds} s"
        try:
            ended = _run(content, passwords, seconds)
        except TimeoutError:
            self._left -= _BY_THE_CLOCK
            return Opening(refusal=too_long)
        except OSError as error:
            if error.errno in _SHORTAGES:
                raise
            self._left -= seconds
            return Opening(refusal=f"it cannot be opened: {error.strerror or error}")
        try:
            opening, used = _read_answer(ended)
        except ValueError:
            self._left -= seconds
            return Opening(refusal=too_long if ended.status == _TOO_LONG else _describe_end(ended))
        self._left -= min(max(used, 0.0), seconds)
        return opening


@functools.cache
def find_opener() -> Opener:
    """The opener of this run."""
    return Opener()


def _run(content: bytes, passwords: tuple[bytes | None, ...], seconds: int) -> Ended:
    """Start a Python that opens a file, and hear it once.

    Raises:
        OSError: it could not be started, took too long or said too much.
    """
    order = {
        "library": list(dict.fromkeys(_find_library())),
        "seconds": seconds,
        "memory": _MEMORY,
        "content": _encode(content),
        "passwords": [None if each is None else _encode(each) for each in passwords],
    }
    return run_program(
        [sys.executable, "-I", "-S", "-B", "-W", "ignore", "-c", read_own_source(_CHILD)],
        seconds=_BY_THE_CLOCK,
        environment={name: os.environ[name] for name in _HANDED_ON if name in os.environ},
        given=json.dumps(order).encode("ascii"),
        most=_MOST_OUTPUT,
    )


def _find_library() -> Iterator[str]:
    """Where this Python has found what the other one needs, which looks nowhere by itself."""
    from importlib.util import find_spec

    for name in _LIBRARY:
        found = find_spec(name)
        if found is not None and found.origin is not None:
            place = Path(found.origin)
            yield str(place.parents[1] if found.submodule_search_locations else place.parent)


def _encode(octets: bytes) -> str:
    return base64.b64encode(octets).decode("ascii")


def _read_answer(ended: Ended) -> tuple[Opening, float]:
    """What a file gave, and the seconds that it took.

    Raises:
        ValueError: the process ended before it said anything, or said something else.
    """
    said = parse_json(ended.stdout.decode("ascii"), longest=_MOST_OUTPUT)
    try:
        if "certificates" not in said:
            return Opening(reason=str(said["reason"])), float(said["seconds"])
        certificates = tuple(
            base64.b64decode(each["der"], validate=True) if "der" in each else str(each["reason"])
            for each in said["certificates"]
        )
        return Opening(certificates, has_key=bool(said["has_key"])), float(said["seconds"])
    except (TypeError, LookupError) as error:
        raise ValueError("it is no answer") from error


def _describe_end(ended: Ended) -> str:
    """How a process ended that said nothing: by a signal, or with an error in the last line."""
    if ended.status < 0:
        return f"what opens it was ended by signal {-ended.status}"
    lines = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return f"it cannot be opened: {lines[-1][:200] if lines else 'no answer'}"
