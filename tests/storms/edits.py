"""An rc file is saved at random moments of `setup` and `uninstall`.

Each round has a home of its own. One process makes the installation of the tests of the writing room come or
go there, and another saves `~/.bashrc` once, by a rename or in place. What was saved has to be there at the
end, however the run ended.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
from pathlib import Path

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
    lost = refused = 0
    span = measure()
    for number in range(options.rounds):
        outcome = storm(moments.uniform(0, span), removal=number % 2 == 1, in_place=options.in_place)
        refused += outcome == "refused"
        if outcome == "lost":
            lost += 1
            print(f"round {number}: what was saved is gone", flush=True)
    print(f"{options.rounds} edits within {span * 1000:.0f} ms, {refused} runs refused, {lost} edits lost")
    return 1 if lost else 0


def measure() -> float:
    """How long a run takes here, in seconds."""
    with tempfile.TemporaryDirectory() as directory:
        home = prepare(Path(directory))
        begun = time.monotonic()
        set_up(home)
        return time.monotonic() - begun


def storm(delay: float, *, removal: bool, in_place: bool) -> str:
    """One round: `kept`, `refused` where the run said so and the save is there, or `lost`."""
    from proxyenv.errors import ApplyError

    with tempfile.TemporaryDirectory() as directory:
        home = prepare(Path(directory))
        if removal:
            set_up(home)
        editor = fork_editor(home / ".bashrc", delay, in_place=in_place)
        try:
            (take_down if removal else set_up)(home)
            outcome = "kept"
        except ApplyError:
            outcome = "refused"
        os.waitpid(editor, 0)
        return outcome if LINE in (home / ".bashrc").read_bytes() else "lost"


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


def fork_editor(path: Path, delay: float, *, in_place: bool) -> int:
    """Save *path* once in another process, after *delay* seconds. Returns its process number."""
    child = os.fork()
    if child:
        return child
    time.sleep(delay)
    if in_place:
        with path.open("ab") as stream:
            stream.write(LINE)
    else:
        other = path.with_name("saved")
        other.write_bytes(path.read_bytes() + LINE)
        other.replace(path)
    os._exit(0)
