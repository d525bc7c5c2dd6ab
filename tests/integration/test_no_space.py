"""A disk that is full to the last block, or read-only: each verb that writes says so, and changes nothing."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.apply.receipts import record_pool
from proxyenv.errors import ApplyError
from proxyenv.model.pool import PoolEntry
from support.certificates import make_ca
from support.child import in_child
from support.command import proxyenv
from support.machine import in_ci, require_client
from support.mounts import mount, needs_mounts, own_mounts, unmount
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Linux mounts in a namespace"),
    in_ci,
    needs_mounts,
]

PROXY: Final = ("--proxy", "http://localhost:3128", "--no-check", "--yes")
VERBS: Final = (
    ("setup", *PROXY, "--ca", "one.pem"),
    ("setup", "--replace-ca", "--ca", "two.pem", "--no-check", "--yes"),
    ("off", "--yes"),
    ("on", "--yes"),
    ("rollback", "--yes"),
    ("trust", "install", "--store", "nss", "--yes"),
    ("trust", "remove", "--store", "nss", "--yes"),
    ("image", "write", "out", "--proxy-there", "http://a.test:1"),
    ("uninstall", "--yes"),
)
"""One after the other, each in the home that the one before has left."""


@contextlib.contextmanager
def full(home: Path) -> Iterator[str]:
    """No block is free."""
    with (home / "ballast").open("wb", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"x" * 65536)
    with (home / "ballast").open("ab", buffering=0) as stream, contextlib.suppress(OSError):
        while True:
            stream.write(b"x")
    yield "no-space"
    (home / "ballast").unlink()


@contextlib.contextmanager
def read_only(home: Path) -> Iterator[str]:
    """Nothing can be written."""
    mount("--bind", str(home), str(home))
    mount("-o", "remount,ro,bind", str(home))
    yield "read-only"
    unmount(str(home))


def look(home: Path) -> dict[str, object]:
    """Everything but what was put there to fill the disk, and what programs said of their versions."""
    return {name: node for name, node in snapshot(home).items() if not name.startswith((".cache", "ballast"))}


def test_every_verb_that_writes_is_refused_and_leaves_all_as_it_is(tmp_path: Path) -> None:
    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=6m,mode=700", "none", str(tmp_path))
        for name in ("one", "two"):
            (tmp_path / f"{name}.pem").write_bytes(make_ca(name).pem)
        (tmp_path / ".bashrc").write_text("alias ll='ls -l'\n")
        (tmp_path / ".cache").mkdir()
        make_store(tmp_path / ".pki" / "nssdb")
        return json.dumps(list(drive(tmp_path)))

    assert json.loads(in_child(act)) == []


def test_what_a_work_pool_got_is_recorded_whole_or_not_at_all(tmp_path: Path) -> None:
    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=6m,mode=700", "none", str(tmp_path))
        (tmp_path / ".cache").mkdir()
        (tmp_path / "one.pem").write_bytes(make_ca("one").pem)
        assert proxyenv("setup", *PROXY, "--ca", "one.pem", home=tmp_path).status == 0
        receipt, said = next(tmp_path.rglob("receipt.json")), []
        before = look(tmp_path)
        for state in (full, read_only):
            with state(tmp_path) as code:
                said.append(f"{code}: {record(receipt)}".replace(str(receipt), "RECEIPT"))
            said.append("as before" if look(tmp_path) == before else "changed")
        return json.dumps([*said, record(receipt)])

    assert json.loads(in_child(act)) == [
        "no-space: no-space: `RECEIPT` could not be written: no space left on device; nothing was changed",
        "as before",
        "read-only: read-only: `RECEIPT` could not be written: read-only file system; nothing was changed",
        "as before",
        "written",
    ]


def record(receipt: Path) -> str:
    """Write a work pool into the receipt; what is said of it."""
    try:
        record_pool(
            receipt, "http://api.test/api", "pool", PoolEntry("http://api.test/api", "pool", "docker", ())
        )
    except ApplyError as error:
        return f"{error.code}: {error.message}"
    return "written"


def make_store(directory: Path) -> None:
    """The store of a browser, which Debian's `libnss3-tools` makes."""
    directory.mkdir(parents=True)
    command = (require_client("certutil"), "-N", "-d", f"sql:{directory}", "--empty-password")
    subprocess.run(command, check=True, capture_output=True)


def drive(home: Path) -> Iterator[str]:
    """What went wrong."""
    for verb in VERBS:
        before = look(home)
        for state in (full, read_only):
            with state(home) as code:
                ran = proxyenv(*verb, home=home)
            if ran.status != 3 or f"error[{code}]" not in ran.err or "nothing was changed" not in ran.err:
                yield f"`{' '.join(verb[:2])}`, {code}: {ran.status}, {ran.err[-300:]}"
            after = look(home)
            changed = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
            if changed:
                yield f"`{' '.join(verb[:2])}`, {code}: changed: {', '.join(changed)}"
        ran = proxyenv(*verb, home=home)
        if ran.status:
            yield f"`{' '.join(verb[:2])}` afterwards: {ran.status}, {ran.err[-300:]}"
