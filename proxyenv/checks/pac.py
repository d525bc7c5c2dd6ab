"""Asks a PAC file, in a Python of its own that can reach nothing."""

from __future__ import annotations

import json
import queue
import socket
import sys
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from proxyenv.bounded import run_program
from proxyenv.checks.interpreter import load_sources
from proxyenv.checks.pac_builtins import BUILTINS
from proxyenv.errors import DiscoveryError
from proxyenv.formats.parse import parse_json
from proxyenv.model.pac import PacAnswer, parse_entries
from proxyenv.model.suggestion import suggest_install
from proxyenv.model.url import bracket
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

_CHILD: Final = "proxyenv.checks.child.pac"
_MEGABYTE: Final = 1 << 20
LIMITS: Final = {
    "load": 2,  # seconds of the processor, for the script itself
    "answer": 1,  # the same for one answer
    "processor": 20,  # the same for all
    "memory": 64 * _MEGABYTE,  # of the script
    "stack": _MEGABYTE // 2,
    "address": 1024 * _MEGABYTE,  # of the process
}
"""What a script gets. Lists of two hundred thousand hosts take a quarter of the memory."""

_SECONDS: Final = 60.0
_MOST_OUTPUT: Final = 16 * _MEGABYTE
_DNS_SECONDS: Final = 5.0
"""For all names of one run together; a name that takes longer does not resolve."""
_MOST_NAMES: Final = 100
_MOST_RUNS: Final = 20
_ENGINE: Final = "quickjs-ng>=0.17"
"""As the extra `pac` names it."""
_AWAY: Final = ("192.0.2.1", "2001:db8::1")
"""Addresses that nobody has (RFC 5737, RFC 3849): the way there is the way to the internet."""


class PacSurroundings(NamedTuple):
    """What a script may ask for.

    Args:
        now: aware.
        zone: the time zone, as the variable ``TZ`` has it; ``None`` for that of the system.
        own: this machine's own addresses; by default they are looked at.
        resolve: the addresses of a name, IPv4 first; by default the system's resolver is asked.
    """

    now: datetime
    zone: str | None = None
    own: tuple[str, ...] | None = None
    resolve: Callable[[str], tuple[str, ...]] | None = None


def ask_pac(
    script: str, urls: Iterable[str], around: PacSurroundings, *, source: str
) -> tuple[PacAnswer, ...]:
    """What a PAC file answers for each URL.

    Args:
        script: the file.
        urls: each with a scheme and a host; path and user are kept from the script, as browsers do.
        around: what the script may ask for.
        source: where the script is from, for messages.

    Raises:
        DiscoveryError: ``pac-engine-missing``, ``pac-syntax``, ``pac-without-function``, ``pac-failed``,
            ``pac-limit``.
    """
    library = find_engine()
    questions = tuple(map(_make_question, urls))
    own = find_own_addresses() if around.own is None else around.own
    known: dict[str, tuple[str, ...]] = {}
    for _ in range(_MOST_RUNS):
        order = {
            "library": library,
            "limits": LIMITS,
            "builtins": BUILTINS,
            "script": script,
            "questions": questions,
            "data": {"dns": known, "own": own, "now": int(around.now.timestamp() * 1000)},
        }
        said = _run(order, around.zone, source)
        needed = {name for each in (said, *said["answers"]) for name in each["needed"]}
        if not needed:
            return _read_answers(said, questions, source)
        if len(known) + len(needed) > _MOST_NAMES:
            raise _limit(source, f"it asks DNS for more than {_MOST_NAMES} names")
        known |= look_up(needed, around.resolve or resolve_name)
    raise _limit(source, f"it asks DNS for more after {_MOST_RUNS} answers")


def find_engine() -> str:
    """The directory that the engine is in.

    Raises:
        DiscoveryError: ``pac-engine-missing``.
    """
    found = find_spec("quickjs")
    if found is None or found.origin is None:
        command = suggest_install(_ENGINE, python=sys.executable, has_pip=find_spec("pip") is not None)
        raise DiscoveryError(
            "pac-engine-missing",
            "a PAC file is a program, and what runs it is not installed beside proxyenv",
            hint=f"`{command}`",
        )
    return str(Path(found.origin).parents[1])


def _make_question(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    host = (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{bracket(host)}{port}/", host


def _run(order: Mapping[str, object], zone: str | None, source: str) -> dict[str, Any]:
    """Start a Python that isolates itself, and hear it once.

    Raises:
        DiscoveryError: ``pac-limit``: it took too long or said too much; ``pac-failed``: it died.
    """
    ((_, program),) = load_sources(_CHILD)
    try:
        ended = run_program(
            [sys.executable, "-I", "-S", "-c", program],
            seconds=_SECONDS,
            environment={"TZ": zone} if zone else {},
            given=json.dumps(order).encode("ascii"),
            most=_MOST_OUTPUT,
        )
    except OSError as error:
        raise _limit(source, str(error.strerror or error)) from error
    try:
        said = parse_json(ended.stdout.decode("ascii"))
    except ValueError:
        said = None
    if not isinstance(said, dict) or not isinstance(said.get("answers"), list):
        if ended.status < 0:
            raise _limit(source, "it was ended, since it took too much time or memory")
        raise DiscoveryError("pac-failed", f"{source} cannot be run: {ended.said[-200:] or 'no answer'}")
    return said


def _read_answers(
    said: dict[str, Any], questions: tuple[tuple[str, str], ...], source: str
) -> tuple[PacAnswer, ...]:
    if said["load"] is not None:
        raise _refuse_load(str(said["load"]), source)
    if not said["found"]:
        raise DiscoveryError(
            "pac-without-function",
            f"{source} has no function `FindProxyForURL`",
            hint="ask IT for the URL of the PAC file",
        )
    answers = []
    for (url, host), each in zip(questions, said["answers"], strict=False):
        kind, text = str(each["kind"]), str(each["text"])
        if kind == "limit":
            raise _limit(source, f"for `{host}` it is stopped ({text})")
        if kind == "odd":
            raise DiscoveryError("pac-failed", f"{source} cannot be asked: {text}", hint="tell IT")
        asked = tuple(sorted({*map(str, said["asked"]), *map(str, each["asked"])}))
        error = text if kind == "error" else None
        returned = "" if kind == "error" else text
        answers.append(PacAnswer(url, host, returned, parse_entries(returned), asked, error))
    return tuple(answers)


def _refuse_load(text: str, source: str) -> DiscoveryError:
    if "interrupted" in text or "out of memory" in text:
        return _limit(source, f"it is stopped while it is loaded ({text})")
    if text.startswith("SyntaxError"):
        hint = "a browser ignores such a file; tell IT"
        return DiscoveryError("pac-syntax", f"{source} is no JavaScript: {text}", hint=hint)
    return DiscoveryError("pac-failed", f"{source} fails while it is loaded: {text}", hint="tell IT")


def _limit(source: str, reason: str) -> DiscoveryError:
    hint = "tell IT; until it is corrected name the proxy itself: `proxyenv setup --proxy http://HOST:PORT`"
    return DiscoveryError("pac-limit", f"{source} is given up: {reason}", hint=hint)


def look_up(
    names: Iterable[str], resolve: Callable[[str], tuple[str, ...]], *, seconds: float = _DNS_SECONDS
) -> dict[str, tuple[str, ...]]:
    """The addresses of names, all looked up at once; none for what does not resolve in time.

    Args:
        names: maybe such as no name may be.
        resolve: the addresses of one.
        seconds: for all of them together.
    """
    import time

    wanted = tuple(names)
    answers: queue.SimpleQueue[tuple[str, tuple[str, ...]]] = queue.SimpleQueue()

    def ask(name: str) -> None:
        answers.put((name, resolve(name)))

    for name in wanted:  # daemons, since nothing can interrupt a resolver
        threading.Thread(target=ask, args=(name,), daemon=True).start()
    found: dict[str, tuple[str, ...]] = dict.fromkeys(wanted, ())
    until = time.monotonic() + seconds
    for _ in wanted:
        try:
            name, addresses = answers.get(timeout=max(0.0, until - time.monotonic()))
        except queue.Empty:
            break
        found[name] = addresses
    return found


def resolve_name(name: str) -> tuple[str, ...]:
    """The addresses of a name, IPv4 first; none where it does not resolve, or is none."""
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, ValueError):
        return ()
    pairs = sorted({(family != socket.AF_INET, str(address[0])) for family, _, _, _, address in found})
    return tuple(address for _, address in pairs)


def find_own_addresses() -> tuple[str, ...]:
    """The addresses that this machine has towards the internet, IPv4 first. Nothing is sent."""
    return tuple(filter(None, map(_find_own, _AWAY)))


def _find_own(address: str) -> str | None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as talker:
            talker.connect((address, 9))
            return str(talker.getsockname()[0])
    except OSError:
        return None
