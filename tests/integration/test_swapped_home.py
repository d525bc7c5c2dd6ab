"""Root sets up the home of somebody who makes a directory of it a link: nothing is written where that leads.

In a mount namespace of its own, where `/etc` is overlaid: what is written there is seen, and lost afterwards.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.child import in_child
from support.command import proxyenv
from support.mounts import needs_mounts, overlay, own_mounts
from support.owners import SOMEBODY, give_all_away
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = needs_mounts

assert sys.platform != "win32"

ELSEWHERE: Final = Path("/etc/profile.d")
ROUNDS: Final = 5
SETUP: Final = ("setup", "--yes", "--no-check", "--proxy", "localhost:9", "--shell", "bash")
AT_A_MOMENT: Final = """
import os, sys

waiting = [1]

def swap(event, arguments):
    if waiting and event == {event!r} and {part!r} in str(arguments[0]):
        waiting.clear()
        os.makedirs({place!r}, exist_ok=True)
        os.rename({place!r}, {place!r} + "-away")
        os.symlink({target!r}, {place!r})
        os.mkdir({mark!r})

sys.addaudithook(swap)
"""
"""In root's own process, as `sitecustomize`: the moment is an operation of which an audit hook is told."""


@pytest.fixture
def home() -> Iterator[Path]:
    """A home below a directory of root's, whose owner has an rc file and a CA."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-swapped-") as name:
        root = Path(name)
        root.chmod(0o755)
        home = root / "home"
        home.mkdir()
        (home / ".bashrc").write_text("alias x=y\n")
        (home / "ca.pem").write_bytes(make_ca("Corp").pem)
        yield home


def in_room(home: Path, act: Callable[[], object]) -> tuple[list[object], bool]:
    """What *act* returns, as a list, and whether anything in that other directory is another than before."""

    def run() -> str:
        own_mounts()
        room = home.with_name("room")
        room.mkdir()
        overlay(room, "/etc")
        give_all_away(home)
        before = snapshot(ELSEWHERE)
        returned = act()
        return json.dumps([returned, snapshot(ELSEWHERE) != before])

    returned, has_changed = json.loads(in_child(run))
    return returned, has_changed


def setup(home: Path, **more: str) -> tuple[int, str]:
    done = proxyenv(*SETUP, "--ca", home / "ca.pem", home=home, **more)
    return done.status, done.err


@pytest.mark.parametrize("name", [".config/proxyenv", ".local/share/proxyenv", ".local/state/proxyenv"])
def test_a_directory_that_is_a_link(name: str, home: Path) -> None:
    place = home / name
    place.parent.mkdir(parents=True)
    place.symlink_to(ELSEWHERE)
    (status, said), has_changed = in_room(home, lambda: setup(home))
    assert (status, has_changed) == (3, False), said
    assert f"error[foreign-receipt]: `{place}` leads to `{ELSEWHERE}`" in str(said)
    assert "hint: look at what is there and why, and run it as that user" in str(said)


MOMENTS: Final = [
    pytest.param(("os.mkdir", ""), id="once the first directory is made"),
    pytest.param(("fcntl.flock", ""), id="once it is locked"),
    pytest.param(("os.rename", ""), id="before the first file gets its name"),
    pytest.param(("os.rename", "env.sh"), id="before the env file gets its name"),
    pytest.param(("open", "proxyenv.toml"), id="while the plan is made"),
    pytest.param(("open", ".bashrc"), id="when the rc file is read"),
]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize("name", [".config/proxyenv", ".local/state/proxyenv"])
def test_a_directory_that_becomes_one(name: str, moment: tuple[str, str], home: Path) -> None:
    event, part = moment
    packages = home.with_name("packages")
    packages.mkdir()
    mark = home / "swapped"
    code = AT_A_MOMENT.format(
        event=event, part=part, place=str(home / name), target=str(ELSEWHERE), mark=str(mark)
    )
    (packages / "sitecustomize.py").write_text(code)
    (status, said), has_changed = in_room(home, lambda: setup(home, packages=str(packages)))
    assert (status in {0, 3}, has_changed, "Traceback" in str(said)) == (True, False, False), said
    assert mark.is_dir()


def loop(place: Path) -> None:
    """Let it be a directory and a link by turns, for ever."""
    away = place.with_name("away")
    while True:
        try:
            place.rename(away)
            place.symlink_to(ELSEWHERE)
            place.unlink()
            away.rename(place)
        except OSError:
            place.unlink(missing_ok=True) if place.is_symlink() else None


def test_a_directory_that_is_one_by_turns(home: Path) -> None:
    place = home / ".config/proxyenv"
    place.mkdir(parents=True)

    def act() -> list[int]:
        racing = os.fork()
        if racing == 0:
            os.setgroups([])
            os.setgid(SOMEBODY)
            os.setuid(SOMEBODY)
            loop(place)
        try:
            return [setup(home)[0] for _ in range(ROUNDS)]
        finally:
            os.kill(racing, 9)
            os.waitpid(racing, 0)

    statuses, has_changed = in_room(home, act)
    assert (set(statuses) <= {0, 1, 3}, has_changed) == (True, False), statuses


def test_every_verb_leaves_the_owners_files(home: Path) -> None:
    def find_others() -> list[str]:
        return [str(path) for path in home.rglob("*") if path.lstat().st_uid != SOMEBODY][:3]

    def act() -> list[object]:
        before = snapshot(home)
        verbs = (("refresh",), (*SETUP[:3], "--proxy", "localhost:10"), ("rollback",), ("off",), ("on",))
        found: list[object] = [setup(home)[0], *find_others()]
        for verb in (*verbs, ("uninstall",)):
            given = [*verb, *(() if "--yes" in verb else ("--yes",))]
            given += ["--no-check"] if verb == ("refresh",) else []
            done = proxyenv(*given, home=home)
            found += [done.status, *find_others()]
        return [*found, snapshot(home) == before]

    found, has_changed = in_room(home, act)
    assert (found, has_changed) == ([0] * 7 + [True], False)
