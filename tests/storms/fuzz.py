"""Makes input for every reader of foreign bytes, for a time, and says what it failed on.

With atheris, where it is installed, input is led by what code it reaches; without it, by chance. Either way a
seed is changed, or a fragment of it is repeated to a hundred kilobytes: that is how a reader that looks back
at what it has read shows itself. Each reader runs in a process of its own with little memory. Before that it
is given a megabyte of every kind of long input, and no reading of it may take a second of the processor.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import queue
import random
import resource
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

from proxyenv.__main__ import GARBAGE
from storms.speed import MEGABYTE, SECONDS_PER_MB, judge_speed

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.fuzz_targets import FuzzTarget

MEMORY = 1 << 30
"""Of a process, in bytes, its libraries included."""

FLOOR = 0.5
"""Seconds that a reading of any short input may take: what leads the input slows the readers down."""

STUCK = 60
"""Seconds of the processor after which a process that says nothing is ended, and its input kept."""

PUMPED = 120_000
LONGEST = 4_000


class TooSlowError(Exception):
    """A reader took too long for an input."""


def change(data: bytes, words: tuple[bytes, ...], chance: random.Random, *, longest: int = PUMPED) -> bytes:
    """A neighbour of *data*, or a fragment of it up to *longest* bytes."""
    if chance.random() < 0.15:
        return pump(data, words, chance, longest)
    changed = bytearray(data[:LONGEST])
    for _ in range(chance.choice((1, 1, 2, 4, 8))):
        place = chance.randrange(len(changed) + 1)
        end = min(len(changed), place + chance.choice((0, 0, 1, 2, 8, 40)))
        kind = chance.randrange(4)
        if kind == 0:
            changed[place:end] = chance.choice(words)
        elif kind == 1:
            changed[place:end] = bytes((chance.randrange(256),))
        elif kind == 2:
            del changed[place:end]
        else:
            start = chance.randrange(len(changed) + 1)
            changed[place:place] = changed[start : start + chance.choice((1, 4, 16, 64))]
    return bytes(changed)


def pump(data: bytes, words: tuple[bytes, ...], chance: random.Random, longest: int) -> bytes:
    """A head of *data*, a fragment to *longest* bytes, and a tail."""
    place = chance.randrange(len(data) + 1)
    if chance.random() < 0.6:
        unit = b"".join(chance.choice(words) for _ in range(chance.choice((1, 1, 2, 3))))
    else:
        unit = data[place : place + chance.choice((1, 2, 5, 20, 100))]
    unit = unit or b"A"
    head = data[: chance.choice((0, place, len(data)))]
    tail = chance.choice((b"", data[place:], chance.choice(words)))
    return head + unit * (longest // len(unit)) + tail


def judge(target: FuzzTarget, data: bytes) -> None:
    """Read *data*, and raise :class:`TooSlowError` where it took too long."""
    longest = target.measure(data)
    if longest.seconds > FLOOR + SECONDS_PER_MB * len(data) / MEGABYTE:
        raise TooSlowError(f"{longest.seconds:.1f} s for {len(data) / 1000:.0f} kB (`{longest.name}`)")


class Keeper:
    """Counts, and keeps the first input of each kind of failure."""

    def __init__(
        self, target: FuzzTarget, folder: Path, report: Callable[[tuple[str, int, str]], None]
    ) -> None:
        self.target, self.folder, self.report = target, folder, report
        self.runs, self.seen, self.told = 0, set[str](), time.monotonic()

    def run(self, data: bytes) -> None:
        """Judge *data*. The input of a process that gets stuck stays in its file."""
        self.runs += 1
        if len(data) > LONGEST:
            (self.folder / "running").write_bytes(data)
        try:
            judge(self.target, data)
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt):
                raise
            self.keep(data, error)
        if time.monotonic() > self.told + 1:
            self.told = time.monotonic()
            self.report((self.target.name, self.runs, ""))

    def keep(self, data: bytes, error: BaseException) -> None:
        """Report a kind of failure once: kinds differ in the last line of proxyenv, or of the target."""
        frames = traceback.extract_tb(error.__traceback__)
        ours = [each for each in frames if "/proxyenv/" in each.filename or "fuzz_targets" in each.filename]
        where = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}" if ours else "its time"
        kind = f"{type(error).__name__} at {where}"
        if isinstance(error, TooSlowError):
            kind = f"its time, {data[len(data) // 2 :][:8]!a}"
        if kind in self.seen or len(self.seen) > 40:
            return
        self.seen.add(kind)
        kept = self.folder / f"{name_file(self.target.name)}-{len(self.seen)}"
        kept.write_bytes(data)
        self.report(
            (self.target.name, self.runs, f"{kind}: {str(error)[:200]!a} ({len(data)} bytes in {kept})")
        )


def name_file(target: str) -> str:
    """What files about a target are called; a target may be called like a path."""
    return target.replace(" ", "-").replace("/", "-")


def fuzz(index: int, seconds: float, seed: int, folder: str, told: Any) -> None:
    """Run one target for a time; what a child process does, which has imported no reader yet."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    gc.set_threshold(GARBAGE)  # as the program does
    chance, until = random.Random(seed), time.monotonic() + seconds  # noqa: S311 - input, not secrets
    with instrumented():
        from support.fuzz_targets import make_targets

        target = make_targets()[index]
        keeper = Keeper(target, Path(folder), told.put)
        with contextlib.suppress(Exception):  # which the first judged one says again
            target(target.seeds[0])  # it imports, which is not its time
        for data in (*target.seeds, b"", *target.words):
            keeper.run(data)
    with contextlib.suppress(ImportError):
        _lead(keeper, until, seed)
    while time.monotonic() < until:
        keeper.run(change(chance.choice(target.seeds), target.words, chance))
    told.put((target.name, keeper.runs, "end"))


def instrumented() -> contextlib.AbstractContextManager[None]:
    """Where readers are imported so that atheris sees what they reach."""
    try:
        import atheris
    except ImportError:
        return contextlib.nullcontext()
    seen: contextlib.AbstractContextManager[None] = atheris.instrument_imports(include=["proxyenv"])
    return seen


def _lead(keeper: Keeper, until: float, seed: int) -> None:
    """Let atheris choose the input."""
    import atheris

    def mutate(data: bytes, longest: int, number: int) -> bytes:
        if number % 3 == 0:
            return bytes(atheris.Mutate(data[:LONGEST], min(longest, LONGEST)))
        return change(bytes(data), keeper.target.words, random.Random(number))[:longest]  # noqa: S311

    def run(data: bytes) -> None:
        if time.monotonic() > until:
            keeper.report((keeper.target.name, keeper.runs, "end"))
            time.sleep(STUCK)  # atheris lets nothing end it but its process
        keeper.run(data)

    corpus = tempfile.mkdtemp(dir=keeper.folder)
    for number, data in enumerate(keeper.target.seeds):
        (Path(corpus) / str(number)).write_bytes(data)
    limits = (
        f"-max_len={PUMPED + 10_000}",
        f"-seed={seed}",
        "-rss_limit_mb=0",
        "-timeout=100000",
        "-verbosity=0",
    )
    atheris.Setup(["fuzz", *limits, f"-artifact_prefix={corpus}/", corpus], run, custom_mutator=mutate)
    with contextlib.suppress(KeyboardInterrupt, SystemExit):
        atheris.Fuzz()


def main(arguments: list[str]) -> int:
    """Fuzz every reader, or those that are named, one after the other."""
    from support.fuzz_targets import make_targets

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60, help="for all readers together (default: 60)")
    parser.add_argument("--target", action="append", help="only this one; may be repeated")
    parser.add_argument("--seed", type=int, default=1, help="of the input (default: 1)")
    parser.add_argument("--keep", type=Path, help="where inputs that a reader failed on are kept")
    options = parser.parse_args(arguments)
    names = [target.name for target in make_targets()]
    chosen = [name for name in names if not options.target or name in options.target]
    folder = options.keep or Path(tempfile.mkdtemp(prefix="proxyenv-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)
    failures = 0
    for name in chosen:
        slow = judge_speed(names.index(name), name)
        runs, found = watch(names.index(name), name, options.seconds / len(chosen), options.seed, folder)
        found += slow
        failures += len(found)
        print(f"{name}: {runs} inputs, {len(found)} kinds of failure", flush=True)
        for each in found:
            print(f"  {each}", flush=True)
    return 1 if failures else 0


def measure(number: int | None) -> float:
    """Seconds of the processor that a process has had."""
    try:
        fields = Path(f"/proc/{number}/stat").read_text("ascii").rpartition(")")[2].split()
    except OSError:
        return 0.0
    ticks = 100
    if sys.platform != "win32":
        ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks


def watch(index: int, name: str, seconds: float, seed: int, folder: Path) -> tuple[int, list[str]]:
    """Run a target in a process, and start another where it gets stuck or dies."""
    context: Any = multiprocessing.get_context("spawn")  # what is imported already is not instrumented
    until, runs, found = time.monotonic() + seconds, 0, list[str]()
    while (left := until - time.monotonic()) > 0:
        told = context.Queue()
        child = context.Process(target=fuzz, args=(index, left, seed, str(folder), told))
        child.start()
        before, taken = runs, 0.0
        ended = False
        while not ended:
            try:
                _, count, said = told.get(timeout=10)
            except queue.Empty:
                if measure(child.pid) < taken + STUCK and child.is_alive():
                    continue
                kept = folder / f"{name_file(name)}-stuck-{seed}"
                kept.write_bytes((folder / "running").read_bytes() if (folder / "running").exists() else b"")
                found.append(f"more than {STUCK} s of the processor, or it died ({kept})")
                break
            runs, taken = before + count, measure(child.pid)
            if said == "end":
                ended = True
            elif said:
                found.append(said)
        child.kill()
        child.join()
        seed += 1000
        if ended and until - time.monotonic() < 1:
            break
    return runs, found
