"""Modes, owners and links, as POSIX has them."""

from __future__ import annotations

import dataclasses
import json
import os
import stat
import sys
from pathlib import Path

import pytest

from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError
from support.child import in_child
from support.homes import single, spread
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

assert sys.platform != "win32"


@pytest.mark.parametrize(
    ("umask", "directory_mode"),
    [pytest.param(0o077, 0o700, id="umask-077"), pytest.param(0o000, 0o755, id="umask-000")],
)
def test_modes_of_files_do_not_depend_on_the_umask(umask: int, directory_mode: int, home: Path) -> None:
    def act() -> str:
        os.umask(umask)
        apply_plan(setup_plan(spread(home)))
        return ""

    in_child(act)
    modes = {name: f"{mode:04o}" for name, (mode, _) in snapshot(home).items()}
    assert modes[".local/share/proxyenv/ca-bundle.pem"] == "0644"
    assert modes[".config/proxyenv/env.sh"] == "0600"
    assert modes[".local/state/proxyenv/receipt.json"] == "0600"
    assert modes[".bashrc"] == "0640"
    assert modes[".local"] == modes[".config/proxyenv"] == f"{directory_mode:04o}"


def test_a_private_file_is_private_from_the_moment_it_exists(home: Path) -> None:
    def act() -> str:
        os.umask(0)
        seen: list[int] = []
        write = os.write

        def look(descriptor: int, data: memoryview) -> int:
            seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
            return write(descriptor, data)

        os.write = look  # type: ignore[assignment] # this process runs nothing else
        apply_plan(setup_plan(spread(home)))
        return json.dumps(sorted(set(seen)))

    assert json.loads(in_child(act)) == [0o600]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_of_a_file_is_kept(home: Path) -> None:
    os.chown(home / ".bashrc", 1234, 5678)
    apply_plan(setup_plan(spread(home)))
    owners = [(status.st_uid, status.st_gid) for status in [(home / ".bashrc").stat()]]
    apply_plan(removal_plan(spread(home)))
    owners += [(status.st_uid, status.st_gid) for status in [(home / ".bashrc").stat()]]
    assert owners == [(1234, 5678), (1234, 5678)]


def test_a_symlink_in_the_place_of_a_file_is_not_followed(home: Path) -> None:
    plan = setup_plan(spread(home))
    (home / ".bashrc").rename(home / "elsewhere")
    (home / ".bashrc").symlink_to("elsewhere")
    before = snapshot(home)
    with pytest.raises(ApplyError) as caught:
        apply_plan(plan)
    assert caught.value.code == "write-failed"
    assert snapshot(home) == before


def test_an_installation_below_a_symlink_comes_and_goes_like_any_other(home: Path) -> None:
    before = snapshot(home)
    link = home.with_name("link")
    link.symlink_to(home)
    wanted = dataclasses.replace(single(home), receipt_path=single(link).receipt_path)
    apply_plan(setup_plan(wanted))
    apply_plan(setup_plan(wanted))
    assert "opt/proxyenv/receipt.json" in snapshot(home)
    apply_plan(removal_plan(wanted))
    assert snapshot(home) == before


def test_a_leftover_below_a_symlink_is_removed(home: Path) -> None:
    before = snapshot(home)
    link = home.with_name("link")
    link.symlink_to(home)
    (home / "opt.proxyenv-tmp/proxyenv").mkdir(parents=True)
    (home / "opt.proxyenv-tmp/proxyenv/receipt.json").touch()
    apply_plan(removal_plan(single(link)))
    assert snapshot(home) == before


def test_a_directory_that_holds_somebody_elses_file_is_not_even_moved_for_a_moment(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    (home / ".local/bin").mkdir()

    def act() -> str:
        moved: list[str] = []

        def audit(event: str, arguments: tuple[object, ...]) -> None:
            if event == "os.rename" and Path(str(arguments[0])).is_dir():
                moved.append(Path(str(arguments[0])).relative_to(home).as_posix())

        sys.addaudithook(audit)
        apply_plan(removal_plan(spread(home)))
        return json.dumps(moved)

    assert json.loads(in_child(act)) == [".local/share/proxyenv/certs", ".local/state"]
