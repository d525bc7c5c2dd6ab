"""Forged receipts: a home that was set up, what lies around it, and what a verb changes there.

Each forgery lies in a mount namespace of its own, where the home is a copy and directories of the system are
overlaid, which shows whatever is written into them.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import stat
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from support.certificates import make_ca
from support.child import in_child
from support.command import proxyenv
from support.mounts import mount, overlay, own_mounts
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.platform == "win32":

    def chown(path: Path) -> None:
        """Windows has no such owner, and these tests do not run there."""

else:

    def chown(path: Path) -> None:
        """Give a file away."""
        os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


NOBODY: Final = 12345
SYSTEM: Final = ("/etc", "/usr/local/share", "/srv")
DIGEST: Final = "a" * 64
_RUNS_AS_OWNER: Final = "set-id "

Receipt = dict[str, Any]


class World(NamedTuple):
    """Where a victim lives, and what lies around."""

    root: Path

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def kept(self) -> Path:
        """Both as they were before any forgery."""
        return self.root / "kept"

    @property
    def around(self) -> Path:
        return self.root / "around"

    @property
    def state(self) -> Path:
        return self.home / ".local/state/proxyenv"

    @property
    def receipt(self) -> Path:
        return self.state / "receipt.json"

    @property
    def evil(self) -> Path:
        """A program that leaves a trace."""
        return self.around / "evil"

    @property
    def trace(self) -> Path:
        return self.around / "trace"

    def write(self, place: str, content: str = "keep\n") -> Path:
        path = self.root / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
        return path

    def run(self, *arguments: str) -> tuple[int, str]:
        done = proxyenv(*arguments, home=self.home)
        return done.status, done.err


def entry(path: Path, kind: str, **fields: Any) -> Receipt:
    digest = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else DIGEST
    record = {"path": str(path), "kind": kind, "digest": digest, "created": True, "mode": 0o644}
    return {**record, "profile": None, "keys": [], "hunks": [], "grammar": None, **fields}


def keep(world: World, receipt: Receipt, part: str, path: Path, content: bytes, **fields: Any) -> None:
    """Make *content* what a verb brings back: `replaced` is of `rollback`, `off` is of `on`."""
    digest = hashlib.sha256(content).hexdigest()
    copies = world.state / {"replaced": "previous", "off": "standby"}[part]
    copies.mkdir(mode=0o700, exist_ok=True)
    (copies / digest).write_bytes(content)
    left = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
    kind = fields.pop("kind", "owned")
    file = {"path": str(path), "kind": kind, "digest": digest, "mode": 0o600, "owner": None, "left": left}
    entries = [each for each in receipt["entries"] if each["path"] != str(path)]
    bare = {**receipt, "entries": [*entries, entry(path, kind)], "replaced": None, "off": None}
    receipt[part] = {"receipt": bare, "files": [{**file, **fields}]}


def give_away(world: World) -> None:
    for directory, names, files in os.walk(world.home):
        for name in (".", *names, *files):
            chown(Path(directory, name))


def the_home_of_somebody_else(world: World, receipt: Receipt) -> None:
    give_away(world)


@contextmanager
def make_world() -> Iterator[World]:
    """A home that was set up twice, so that something can be rolled back, and a program that must not run."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-world-") as root:
        made = World(Path(root))
        made.root.chmod(0o755)  # apt's own user reads the bundle
        made.home.mkdir()
        made.write("home/.bashrc", "alias x=y\n")
        ca = made.root / "ca.pem"
        ca.write_bytes(make_ca("Corp").pem)
        made.write("around/evil", f"#!/bin/sh\necho run >> {made.trace}\n").chmod(0o755)
        for port in ("9", "10"):
            setup = ("setup", "--yes", "--no-check", "--proxy", f"localhost:{port}", "--ca", str(ca))
            assert made.run(*setup, "--shell", "bash")[0] == 0
        for place in (made.home, made.around):
            shutil.copytree(place, made.kept / place.name, symlinks=True)
        yield made


def find_changes(world: World, forge: Callable[[World, Receipt], None] | None, verb: tuple[str, ...]) -> str:
    """Run *verb* on a forgery. As JSON: the status, what it said, what changed, whether the program ran."""

    def act() -> str:
        own_mounts()
        room = world.root / "room"
        room.mkdir()
        overlay(room, *SYSTEM)
        for place in (world.home, world.around):  # an overlay would not let a directory be renamed
            mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", str(place))
            shutil.copytree(world.kept / place.name, place, symlinks=True, dirs_exist_ok=True)
        if forge:
            receipt = json.loads(world.receipt.read_text())
            forge(world, receipt)
            if world.receipt.exists():
                descriptor = os.open(world.receipt, os.O_WRONLY | os.O_TRUNC)  # the same owner and mode
                os.write(descriptor, json.dumps(receipt).encode())
                os.close(descriptor)
        before = look(world, room)
        status, said = world.run(*verb)
        after = look(world, room)
        changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
        return json.dumps([status, said, changed, world.trace.exists()])

    try:
        return in_child(act)
    finally:
        (world.root / "room").rmdir()


def look(world: World, room: Path) -> dict[str, object]:
    """Everything there, and everything of the system that was written; what was deleted is a device there."""
    seen: dict[str, object] = {}
    for own in (world.home, world.around):
        seen |= {str(own / name): node for name, node in snapshot(own).items()}
        for path in own.rglob("*"):
            if path.lstat().st_mode & (stat.S_ISUID | stat.S_ISGID):
                seen[f"{_RUNS_AS_OWNER}{path}"] = True
    for upper in room.glob("*/upper"):
        place = upper.parent.name.replace("_", "/")
        for directory, names, files in os.walk(upper):
            for path in (Path(directory, name) for name in (*names, *files)):
                status = path.lstat()
                content = path.read_bytes() if stat.S_ISREG(status.st_mode) else None
                name = f"{place}/{path.relative_to(upper)}"
                seen[name] = (status.st_mode, status.st_uid, status.st_size if content else 0, content)
    return seen
