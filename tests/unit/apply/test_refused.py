"""What the operating system refuses, for real: a full disk, a limit, a directory that is read-only."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError
from support.child import in_child
from support.homes import spread, updated
from support.mounts import mount, needs_mounts, own_mounts
from support.plans import Installation, removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import RawIOBase

    from proxyenv.model.change import Plan

assert sys.platform != "win32"

NOBODY = 65534


def _refusal(plan: Plan, home: Path) -> str:
    """Apply *plan*, which must be refused and leave *home* as it is; the error as JSON."""
    before = snapshot(home)
    with pytest.raises(ApplyError) as caught:
        apply_plan(plan)
    assert snapshot(home) == before
    assert isinstance(caught.value.__cause__, OSError)
    return json.dumps([caught.value.code, caught.value.message, caught.value.hint])


def _large(home: Path, receipt: Path) -> Installation:
    """One small file, and one that does not fit where these tests put it."""
    return Installation(
        receipt,
        owned={home / "px/env.sh": (b"small\n", 0o644), home / "px/ca-bundle.pem": (b"x" * 200_000, 0o644)},
        blocks={home / ".bashrc": b". env.sh\n"},
    )


@needs_mounts
@pytest.mark.parametrize("installed", [False, True], ids=["first-setup", "update"])
def test_a_full_disk_leaves_everything_as_it_is(installed: bool, home: Path) -> None:
    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=128k,mode=750", "none", str(home))
        (home / ".bashrc").write_bytes(b"alias ll='ls -l'\n")
        if installed:
            small = {home / "px/ca-bundle.pem": (b"small\n", 0o644)}
            apply_plan(setup_plan(Installation(home / "px/receipt.json", small)))
        return _refusal(setup_plan(_large(home, home / "px/receipt.json")), home)

    code, message, hint = json.loads(in_child(act))
    place = home / "px" if installed else home
    assert code == "no-space"
    assert message == (
        f"`{home}/px/ca-bundle.pem` could not be written: no space left on device; nothing was changed"
    )
    assert hint == f"free some space on the file system of `{place}`, then run the command again"


def _fill(ballast: Path) -> None:
    with pytest.raises(OSError, match="No space left"), ballast.open("wb", buffering=0) as stream:
        _write_for_ever(stream)


def _write_for_ever(stream: RawIOBase) -> NoReturn:
    while True:
        stream.write(b"x" * 4096)


@needs_mounts
def test_a_disk_that_is_full_to_the_last_block_does_not_even_get_a_receipt(home: Path) -> None:
    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=64k,mode=750", "none", str(home))
        _fill(home / "ballast")
        return _refusal(setup_plan(_large(home, home / "px/receipt.json")), home)

    code, message, _ = json.loads(in_child(act))
    assert code == "no-space"
    assert message == f"`{home}/px` could not be written: no space left on device; nothing was changed"


def test_a_limit_on_the_size_of_files_leaves_everything_as_it_is(home: Path) -> None:
    def act() -> str:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        return _refusal(setup_plan(_large(home, home / "px/receipt.json")), home)

    assert json.loads(in_child(act)) == [
        "no-space",
        f"`{home}/px/ca-bundle.pem` could not be written: file too large; nothing was changed",
        "raise the limit on the size of files (`ulimit -f` shows it), then run the command again",
    ]


@needs_mounts
@pytest.mark.parametrize("undo", [False, True], ids=["setup", "removal"])
def test_a_read_only_file_system_leaves_everything_as_it_is(undo: bool, home: Path) -> None:
    if undo:
        apply_plan(setup_plan(spread(home)))

    def act() -> str:
        own_mounts()
        mount("--bind", str(home), str(home))
        mount("-o", "remount,ro,bind", str(home))
        return _refusal(removal_plan(spread(home)) if undo else setup_plan(spread(home)), home)

    code, message, hint = json.loads(in_child(act))
    assert code == "read-only"
    assert message.endswith("could not be written: read-only file system; nothing was changed")
    assert hint.endswith("is on a read-only file system: mount it writable, then run the command again")


@needs_mounts
def test_one_read_only_directory_among_many_leaves_everything_as_it_is(home: Path) -> None:
    (home / ".prefect").mkdir()

    def act() -> str:
        own_mounts()
        mount("--bind", str(home / ".prefect"), str(home / ".prefect"))
        mount("-o", "remount,ro,bind", str(home / ".prefect"))
        return _refusal(setup_plan(spread(home)), home)

    code, message, _ = json.loads(in_child(act))
    assert code == "read-only"
    assert message.startswith(f"`{home}/.prefect/profiles.toml` could not be written: ")


@needs_mounts
def test_a_file_that_cannot_be_renamed_over_gives_back_those_that_were(home: Path) -> None:
    def act() -> str:
        own_mounts()  # as a container does with a single file that it is given
        mount("--bind", str(home / ".profile"), str(home / ".profile"))
        return _refusal(setup_plan(spread(home)), home)

    code, message, hint = json.loads(in_child(act))
    assert code == "write-failed"
    assert message == (
        f"`{home}/.profile` could not be written: device or resource busy; "
        f"`{home}/.bashrc` and `{home}/.local/share/proxyenv/certs` and `{home}/.prefect/profiles.toml` and "
        f"`{home}/.config/proxyenv/proxyenv.toml` and `{home}/.config/proxyenv/env.sh` and "
        f"`{home}/.local/share/proxyenv/ca-bundle.pem` "
        "put back as before"
    )
    assert hint is None


@pytest.fixture
def open_directory() -> Iterator[Path]:
    """A directory that a user without rights can reach, unlike the usual temporary ones."""
    directory = Path(tempfile.mkdtemp()).resolve()
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def _as_nobody(act: Callable[[], str]) -> str:
    def dropped() -> str:
        if os.geteuid() == 0:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
        return act()

    return in_child(dropped)


@pytest.mark.parametrize("mode", [0o555, 0o500], ids=["mode-555", "mode-500"])
def test_a_home_without_the_right_to_write_is_left_as_it_is(mode: int, open_directory: Path) -> None:
    home = open_directory / "home"
    home.mkdir(mode)
    if os.geteuid() == 0:
        os.chown(home, NOBODY, NOBODY)
    code, message, hint = json.loads(_as_nobody(lambda: _refusal(setup_plan(spread(home)), home)))
    assert code == "read-only"
    assert message == f"`{home}/.local` could not be written: permission denied; nothing was changed"
    assert hint == f"give yourself the right to write in `{home}`, then run the command again"


def test_what_cannot_be_put_back_is_named_and_stays_in_the_receipt(home: Path) -> None:
    before = snapshot(home)
    plan = setup_plan(spread(home))

    def act() -> str:
        failed = []

        def audit(event: str, arguments: tuple[object, ...]) -> None:
            target = str(arguments[1]) if event == "os.rename" else ""
            if target.endswith("/.profile"):
                failed.append(target)
                raise OSError(errno.EBUSY, "Device or resource busy")
            if failed and target.endswith("/.bashrc"):
                raise OSError(errno.EIO, "Input/output error")

        sys.addaudithook(audit)
        with pytest.raises(ApplyError) as caught:
            apply_plan(plan)
        return json.dumps([caught.value.code, caught.value.message, caught.value.hint])

    code, message, hint = json.loads(in_child(act))
    assert code == "write-failed"
    assert message.endswith(f"put back as before, `{home}/.bashrc` could not be put back")
    assert hint == "run `proxyenv uninstall` once the cause is gone: the receipt tells it what is left"
    apply_plan(removal_plan(spread(home)))
    assert snapshot(home) == before


def test_a_file_in_the_place_of_a_directory_is_named(home: Path) -> None:
    (home / ".local").write_bytes(b"not a directory\n")
    code, message, _ = json.loads(_refusal(setup_plan(spread(home)), home))
    assert code == "write-failed"
    assert message == f"`{home}/.local/state` could not be written: not a directory; nothing was changed"


def test_a_failed_update_can_be_run_again(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))

    def act() -> str:
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
        return _refusal(setup_plan(updated(home)), home)

    assert json.loads(in_child(act))[0] == "no-space"
    apply_plan(setup_plan(updated(home)))
    apply_plan(removal_plan(updated(home)))
    assert snapshot(home) == before
