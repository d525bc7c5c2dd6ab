"""No password is shown, said or left open: every verb, in every output, for thirty passwords.

Each password has a home of its own, in which it stands wherever people have passwords. Every verb is run
there, in this process, before and after `setup`; what it prints, what its children are called with, and
what lies open afterwards is searched. For a password of one letter the outputs for two letters are compared.
One run is traced by `strace`: the mode of each file from the moment it exists, and the command line of each
descendant. In another one flows run, and Prefect's database is searched.
"""

from __future__ import annotations

import argparse
import contextlib
import difflib
import io
import os
import re
import shutil
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache, partial
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol

from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import COMMON, find_verb
from storms.secrets_stored import find_stored
from storms.secrets_traced import find_traced
from support.certificates import make_ca
from support.hiding import Find, enclose, search, search_files, search_open_files
from support.secret_world import Case, World

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MIDDLES: Final = (
    " ",
    '"',
    "'",
    "`",
    "ü",
    "%",
    "$HOME",
    "$(id)",
    ";id;",
    "\\",
    "@",
    ":",
    "/",
    "?",
    "#",
    "[",
    "]",
    "&|",
    "<>",
    "*?",
    "!!",
    "~/",
    "漢字",
    "\U0001f511",
    "e\u0301",
    "%41",
    "%%",
    "{}",
    ",=",
    "x" * 900,
)
"""What stands between the marks of each password; a line break is refused everywhere."""

SAMPLE: Final = {" '\"`": None, "$(id)%41": 0, "ü漢": None, ":/?#[]": 1, "@": 2}
"""For the suite: five passwords, each with its turn in :func:`find_leaks`; two meet every output."""


def list_outputs(case: Case) -> tuple[str, ...]:
    """What the verb of a command line can print: text, JSON, and of some more."""
    if case.as_text:
        return ("text",)
    verb = find_verb(case.arguments)[0]
    own = load_command(verb).options if VERBS.get(verb, ("", ""))[0] else {}
    return {**COMMON, **own}["output"].choices


class Said(NamedTuple):
    """What one command line printed, and the command lines of its children."""

    out: str
    err: str
    children: tuple[str, ...]


_HEARD: list[str] | None = None

_STARTS: Final = {"subprocess.Popen": 1, "os.exec": 1, "os.posix_spawn": 1, "os.system": 0}
"""What Python tells of a child before it starts, and where the command line stands in it."""


def _listen(event: str, arguments: tuple[object, ...]) -> None:
    if _HEARD is not None and event in _STARTS:
        _HEARD.append(repr(arguments[_STARTS[event]]))


@cache
def _prepare() -> None:
    sys.addaudithook(_listen)  # which cannot be taken away


@contextlib.contextmanager
def listen() -> Iterator[list[str]]:
    """The command lines of the children that this process starts."""
    global _HEARD  # noqa: PLW0603 - an audit hook has no other way
    _prepare()
    heard: list[str] = []
    _HEARD = heard
    try:
        yield heard
    finally:
        _HEARD = None


class Home(Protocol):
    """Where a command line is run."""

    @property
    def home(self) -> Path:
        """The home, and the working directory."""

    @property
    def environment(self) -> dict[str, str]:
        """All variables."""


def say(world: Home, arguments: Iterable[str]) -> Said:
    """Run a command line in this process, in the world's home and environment."""
    from proxyenv.cli import run

    before, place = dict(os.environ), Path.cwd()
    out, err = _stream(), _stream()
    tempfile.tempdir = None
    try:
        os.environ.clear()
        os.environ.update(world.environment)
        os.chdir(world.home)
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
            _no_input(),
            contextlib.suppress(SystemExit),
            listen() as heard,
        ):
            run([*arguments])
    finally:
        os.chdir(place)
        os.environ.clear()
        os.environ.update(before)
        tempfile.tempdir = None
    return Said(_text(out), _text(err), tuple(heard))


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="surrogateescape", write_through=True)


def _text(stream: io.TextIOWrapper) -> str:
    stream.flush()
    return stream.buffer.getvalue().decode("utf-8", "replace")  # type: ignore[attr-defined,no-any-return]


@contextlib.contextmanager
def _no_input() -> Iterator[None]:
    before = sys.stdin
    with Path(os.devnull).open(encoding="utf-8") as nothing:
        sys.stdin = nothing
        try:
            yield
        finally:
            sys.stdin = before


def compare(root: Path, letters: tuple[str, str]) -> Iterator[Find]:
    """Where the output for one password of one letter differs from that for another one.

    Both homes have the same path, one after the other.
    """
    heard, ca = [], make_ca("Corp").pem
    for letter in letters:
        place = root / "same"
        place.mkdir()
        world = World(place, letter, ca=ca)
        heard.append([(case, say(world, case.arguments)) for case in world.all_cases()])
        shutil.rmtree(place)
    for (case, one), (_, other) in zip(*heard, strict=True):
        shown = f"`{' '.join(case.arguments[:2])}`"
        pairs = (
            ((one.out, other.out), ("\n".join(one.children), "\n".join(other.children)))
            if not case.shows
            else ()
        )
        for first, second in (*pairs, (one.err, other.err)):
            if differences := _compare_lines(_settle(first), _settle(second)):
                yield Find(f"the output of {shown}", differences)


def _compare_lines(first: str, second: str) -> str:
    """The lines that only one of two texts has, in whatever order; empty where there are none."""
    one, other = (sorted(text.splitlines()) for text in (first, second))
    return " / ".join([*difflib.unified_diff(one, other, n=0, lineterm="")][3:])


def _settle(text: str) -> str:
    """What one run prints, without what differs between any two: times, ports, digests, names of files."""
    patterns = (
        r"[0-9a-f]{8,}",
        r"[0-9]+([.][0-9]+)? m?s",
        r":[0-9]{4,5}",
        r"[0-9:]{5} UTC",
        r"/tmp/\S+",
        r"[0-9]+[.][0-9]+",
    )
    for pattern in patterns:
        text = re.sub(pattern, "<>", text)
    text = re.sub(r"[0-9]+ -> [0-9]+ bytes", "<> bytes", text)
    return re.sub(r" *\(<>\)", "", text)  # what took long says so


def find_leaks(world: World, cases: Iterable[Case], *, turn: int | None = None) -> Iterator[Find]:
    """Run command lines; search what they said and how they called children.

    Args:
        world: where.
        cases: the command lines, each of which is run in all its outputs.
        turn: each is run in one of its outputs, and with the next number in the next one.
    """
    for number, case in enumerate(cases):
        outputs = list_outputs(case)
        for output in outputs if turn is None else (outputs[(number + turn) % len(outputs)],):
            said = say(world, _add_output(case.arguments, output))
            shown = f"`{' '.join(case.arguments[:2])}` as {output}"
            if not case.shows:
                yield from search(f"stdout of {shown}", said.out)
            yield from search(f"stderr of {shown}", said.err)
            for child in said.children:
                yield from search(f"a child of {shown}", child)
            yield from search_files(world.temporary)
            yield from search_open_files(world.home, apart=world.inputs)


def _add_output(arguments: tuple[str, ...], output: str) -> tuple[str, ...]:
    return arguments if output == "text" else (*arguments, "--output", output)


def find_all(root: Path, password: str, *, turn: int | None = None) -> Iterator[Find]:
    """Everything for one password, from an empty directory to an uninstalled home; see :func:`find_leaks`."""
    world = World(root, password)
    yield from find_leaks(world, world.all_cases(), turn=turn)
    yield from search_files(world.home, apart=world.inputs)


def list_searches(middles: Iterable[str]) -> dict[str, Callable[[Path], Iterable[Find]]]:
    """Everything that is searched, by its name."""
    passwords = {repr(middle[:8]): partial(find_all, password=enclose(middle)) for middle in middles}
    return {
        "Prefect's database": partial(find_stored, password=enclose("!:%")),
        "system calls": partial(find_traced, password=enclose("'\" $x")),
        "one letter": partial(compare, letters=("q", "z")),
        **passwords,
    }


def search_once(find: Callable[[Path], Iterable[Find]]) -> tuple[list[Find], float]:
    """What a search finds, each once, and how many seconds it takes."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        found = list(dict.fromkeys(find(Path(directory).resolve())))
    return found, time.monotonic() - begun


def count_runs() -> tuple[int, int]:
    """How many command lines there are for each password, and how many runs in all their outputs."""
    with tempfile.TemporaryDirectory() as directory:
        cases = list(World(Path(directory), enclose(" ")).all_cases())
    return len(cases), sum(len(list_outputs(case)) for case in cases)


def main(arguments: list[str]) -> int:
    """Search for each password, say what was found, and return 1 where anything was."""
    parser = argparse.ArgumentParser(prog="storm --secrets", description=__doc__)
    parser.add_argument("--passwords", type=int, default=len(MIDDLES), help="how many (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="at once (default: one a processor)")
    options = parser.parse_args(arguments)
    begun, finds = time.monotonic(), 0
    searches = list_searches(MIDDLES[: options.passwords])
    lines, runs = count_runs()
    print(f"{len(searches)} searches; for each password {lines} command lines, {runs} runs", flush=True)
    with ProcessPoolExecutor(options.jobs, mp_context=get_context("fork")) as pool:
        asked = {pool.submit(search_once, find): name for name, find in searches.items()}
        for done in as_completed(asked):
            found, seconds = done.result()
            finds += len(found)
            print(f"{asked[done]}: {len(found)} finds in {seconds:.0f} s", flush=True)
            for each in found:
                print(f"    {each.place}: {each.around!r}", flush=True)
    print(f"{len(searches)} searches, {finds} finds, {time.monotonic() - begun:.0f} s")
    return 1 if finds else 0
