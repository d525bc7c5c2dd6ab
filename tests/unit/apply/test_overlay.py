"""In a container, whose layers overlayfs puts together: it moves no directory that the image brought."""

from __future__ import annotations

import errno
import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.cli import run
from support.certificates import make_ca
from support.child import KILLED, disturbed, in_child, kill
from support.mounts import needs_mounts, overlay, own_mounts, unmount
from support.tree import snapshot

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.one_python

QUIET = ("--yes", "--no-check", "--no-rc", "--quiet")
PROXY = ("--proxy", "http://proxy.corp.test:3128")


@pytest.fixture
def installed(room: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home in which a corporate CA is set up, and which has another one."""
    home = room / "home"
    home.mkdir()
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    (home / "next.pem").write_bytes(make_ca("Next").pem)
    monkeypatch.setenv("HOME", str(home))
    assert run(["setup", *PROXY, "--ca", str(home / "corp.pem"), *QUIET]) == 0
    return home


@needs_mounts
def test_what_the_image_brought_is_written_again_and_removed(room: Path, installed: Path) -> None:
    home, written = installed, room / "written"
    written.mkdir()

    def act() -> str:
        own_mounts()
        overlay(written, str(home))
        with pytest.raises(OSError, match="cross-device"):
            (home / ".local").rename(home / "moved")
        statuses = [run(["setup", *PROXY, "--ca", str(home / "next.pem"), *QUIET])]
        assert b"Next" in (home / ".local/share/proxyenv/corporate-ca.pem").read_bytes()
        statuses += [run(["rollback", "--yes", "--quiet"]), run(["status", "--quiet"])]
        statuses.append(run(["uninstall", "--yes", "--quiet"]))
        left = sorted(str(each.relative_to(home)) for each in home.rglob("*"))
        return f"{statuses} {left}"

    assert in_child(act) == "[0, 0, 0, 0] ['corp.pem', 'next.pem']"


@needs_mounts
def test_a_directory_that_cannot_be_emptied_stays_whole(room: Path, installed: Path) -> None:
    home, written = installed, room / "written"
    written.mkdir()

    def act() -> str:
        own_mounts()
        overlay(written, str(home))
        before, passed = snapshot(home), []

        def fill_the_disk(event: str, arguments: tuple[object, ...]) -> None:
            if event in {"os.remove", "os.rename"} and "/proxyenv/certs/" in str(arguments[0]):
                passed.append(arguments)
                if len(passed) == 3:
                    raise OSError(errno.ENOSPC, "no space left")

        sys.addaudithook(fill_the_disk)
        status = run(["setup", *PROXY, "--ca", str(home / "next.pem"), *QUIET])
        return f"{status} {len(passed) > 2} {snapshot(home) == before}"

    assert in_child(act) == "3 True True"


def kill_at(number: int, *arguments: str) -> int:
    """Run a verb, and kill it at the rename of that number of a file of `certs`."""

    def act() -> None:
        passed: list[str] = []

        def audit(event: str, names: tuple[object, ...]) -> None:
            if event in {"os.rename", "os.rmdir"} and "/proxyenv/certs" in str(names[0]):
                passed.append(event)
                if len(passed) == number:
                    kill()

        sys.addaudithook(audit)
        assert run([*arguments]) == 0

    return disturbed(act, at=0, by=kill)


@needs_mounts
@pytest.mark.parametrize("then", ["setup", "uninstall"])
@pytest.mark.parametrize("killed", ["setup", "uninstall"])
def test_a_directory_that_was_half_emptied_when_it_was_killed_counts_as_whole(
    room: Path, installed: Path, killed: str, then: str
) -> None:
    home, written = installed, room / "written"
    written.mkdir()
    setup = ("setup", *PROXY, "--ca", str(home / "next.pem"), *QUIET)
    verbs = {"setup": setup, "uninstall": ("uninstall", "--yes", "--quiet")}
    files = len(list((home / ".local/share/proxyenv/certs").iterdir()))

    def act() -> str:
        own_mounts()
        left = []
        for number in (2, 3, files // 2, files, files + 1, files + 2):
            overlay(written, str(home))
            assert kill_at(number, *verbs[killed]) == KILLED
            assert run([*verbs[then]]) == 0
            assert run(["uninstall", "--yes", "--quiet"]) == 0
            left.append(sorted(str(each.relative_to(home)) for each in home.rglob("*")))
            unmount(str(home))
            unmount(str(written))
        return str(left)

    assert in_child(act) == str([["corp.pem", "next.pem"]] * 6)
