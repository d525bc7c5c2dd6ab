"""An rc file is saved at random moments of `setup` and `uninstall`.

Each round has a home of its own. One process makes the installation of the tests of the writing room come or
go there, and another saves `~/.bashrc` once, by a rename or in place. What was saved has to be there at the
end, however the run ended. What an editor writes into the old file, which it holds open, after our last
comparison is counted apart: the two processes have one clock.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.change import FileState

assert sys.platform != "win32"  # which has no fork

LINE = b"export EDITED=yes\n"
BEFORE = b"alias ll='ls -l'\n"


def main(arguments: list[str]) -> int:
    """Make the rounds, say what came of them, and return 1 where a save was lost."""
    parser = argparse.ArgumentParser(prog="storm --edits", description=__doc__)
    parser.add_argument("rounds", nargs="?", type=int, default=1000, help="how many rounds (default: 1000)")
    parser.add_argument("--in-place", action="store_true", help="save into the file itself, not by a rename")
    parser.add_argument("--seed", type=int, default=1, help="of the moments (default: 1)")
    options = parser.parse_args(arguments)
    moments = random.Random(options.seed)  # noqa: S311 - moments, not secrets
    outcomes: Counter[str] = Counter()
    span = measure()
    for number in range(options.rounds):
        outcome = storm(moments.uniform(0, span), removal=number % 2 == 1, in_place=options.in_place)
        outcomes[outcome] += 1
        if outcome == "lost":
            print(f"round {number}: what was saved is gone", flush=True)
    print(
        f"{options.rounds} edits within {span * 1000:.0f} ms, {outcomes['refused']} runs refused, "
        f"{outcomes['lost']} edits lost, {outcomes['late']} written after the last comparison"
    )
    return 1 if outcomes["lost"] else 0


def measure() -> float:
    """How long a run takes here, in seconds."""
    with tempfile.TemporaryDirectory() as directory:
        home = prepare(Path(directory))
        begun = time.monotonic()
        set_up(home)
        return time.monotonic() - begun


def storm(delay: float, *, removal: bool, in_place: bool) -> str:
    """One round.

    Returns:
        ``kept``, ``refused`` where the run said so and the save is there, ``late`` where it is not there and
        was written into the old file after our last comparison, or ``lost``.
    """
    from proxyenv.apply.atomic import is_as_expected
    from proxyenv.errors import ApplyError

    compared = 0.0

    def note(path: Path, state: FileState | None) -> bool:
        nonlocal compared
        if path.name.startswith(".bashrc"):
            compared = time.monotonic()
        return is_as_expected(path, state)

    with tempfile.TemporaryDirectory() as directory:
        home = prepare(Path(directory))
        if removal:
            set_up(home)
        await_save = fork_editor(home / ".bashrc", delay, in_place=in_place)
        with patch("proxyenv.apply.change.is_as_expected", note):
            try:
                (take_down if removal else set_up)(home)
                outcome = "kept"
            except ApplyError:
                outcome = "refused"
        saved = await_save()
        if LINE in (home / ".bashrc").read_bytes():
            return outcome
        return "late" if in_place and saved > compared else "lost"


def prepare(directory: Path) -> Path:
    """A home with an rc file."""
    home = directory.resolve() / "home"
    home.mkdir()
    (home / ".bashrc").write_bytes(BEFORE)
    return home


def set_up(home: Path) -> None:
    """As `setup` writes."""
    from proxyenv.apply.transaction import apply_plan
    from support.homes import spread
    from support.plans import setup_plan

    apply_plan(setup_plan(spread(home)))


def take_down(home: Path) -> None:
    """As `uninstall` writes."""
    from proxyenv.apply.transaction import apply_plan
    from support.homes import spread
    from support.plans import removal_plan

    apply_plan(removal_plan(spread(home)))


def fork_editor(path: Path, delay: float, *, in_place: bool) -> Callable[[], float]:
    """Save *path* once in another process, after *delay* seconds.

    Returns:
        What waits for that process and returns when the save had ended, by :func:`time.monotonic`.
    """
    told, tells = os.pipe()
    child = os.fork()
    if child:
        os.close(tells)
        return partial(_await_save, child, told)
    time.sleep(delay)
    if in_place:
        with path.open("ab") as stream:
            stream.write(LINE)
    else:
        other = path.with_name("saved")
        other.write_bytes(path.read_bytes() + LINE)
        other.replace(path)
    os.write(tells, f"{time.monotonic()}".encode("ascii"))
    os._exit(0)


def _await_save(child: int, told: int) -> float:
    with open(told, "rb") as stream:
        moment = stream.read()
    os.waitpid(child, 0)
    return float(moment)
