"""In the home of another user root writes as that user: no link of theirs leads it anywhere else."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.apply.identity import User, acting_as, acting_for, find_holder, find_user
from proxyenv.apply.transaction import apply_plan
from proxyenv.bounded import run_program
from proxyenv.commands.changes import find_notes
from proxyenv.errors import ApplyError, ProxyenvError
from support.child import disturbed, in_child, moments
from support.homes import spread, updated
from support.machine import in_ci
from support.mounts import give_up_other_users
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.change import Plan

    Make = Callable[[Path], Plan]

assert sys.platform != "win32"

pytestmark = [
    pytest.mark.one_python,
    pytest.mark.skipif(os.geteuid() != 0, reason="only root acts for somebody else"),
]

VICTIM: Final = 12345
OTHER: Final = 12346
EACH: Final = 1 if os.environ.get("CI") else 7
"""Of the moments, where time is short."""

SECRET: Final = "only root may read this\n"


def give(place: Path, user: int = VICTIM) -> None:
    """Let all of it belong to *user*."""
    for path in (place, *place.rglob("*")):
        os.chown(path, user, user, follow_symlinks=False)


@pytest.fixture
def theirs(room: Path, home: Path) -> Path:
    """A home that belongs to another user, who can get there."""
    room.chmod(0o755)
    give(home)
    return home


def copy(home: Path) -> Path:
    """A home as it is, under another name."""
    made = home.with_name("copy")
    shutil.rmtree(made, ignore_errors=True)
    shutil.copytree(home, made, symlinks=True)
    give(made)
    return made


def apply(plan: Plan) -> None:
    """Carry it out, or fail as it should."""
    with suppress(ProxyenvError):
        apply_plan(plan)


def owners(home: Path) -> set[tuple[int, int]]:
    return {(status.st_uid, status.st_gid) for path in home.rglob("*") for status in (path.lstat(),)}


CASES: Final = [
    pytest.param(("setup", ".config/proxyenv"), id="setup, of the env files"),
    pytest.param(("removal", ".local/state/proxyenv"), id="removal, of the receipt"),
    pytest.param(("setup", ".local/state/proxyenv"), marks=in_ci, id="setup, of the receipt"),
    pytest.param(("removal", ".local"), marks=in_ci, id="removal, above the receipt"),
]


class TestSwap:
    """Whoever owns the home makes one of its directories a link, at each moment that there is."""

    @pytest.mark.parametrize("case", CASES)
    def test_nothing_is_written_where_it_leads(self, case: tuple[str, str], room: Path, theirs: Path) -> None:
        verb, name = case
        outside = room / "outside"
        (outside / "proxyenv").mkdir(parents=True)
        if verb == "removal":
            apply_plan(setup_plan(spread(theirs)))
            for each in ("receipt.json", "proxyenv/env.sh", "state/proxyenv/receipt.json"):
                write_secret(outside / each)
        before = snapshot(outside)
        home = copy(theirs)
        plan = setup_plan(spread(home)) if verb == "setup" else removal_plan(spread(home))
        count = moments(lambda: apply(plan))
        assert count > 20
        for at in range(1, count + 1, EACH):
            place = copy(theirs) / name

            def swap(place: Path = place) -> None:
                if place.parent.is_dir():
                    if place.is_dir():
                        place.rename(place.with_name("away"))
                    place.symlink_to(outside)
                    os.chown(place, VICTIM, VICTIM, follow_symlinks=False)

            disturbed(lambda: apply(plan), at=at, by=swap)
            assert snapshot(outside) == before, f"swapped at moment {at}"
            assert SECRET not in read_all(theirs.with_name("copy"), outside)


def write_secret(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(SECRET)
    path.chmod(0o600)


def read_all(home: Path, outside: Path) -> str:
    """What lies in a home itself."""
    files = (path for path in home.rglob("*") if path.is_file() and not path.is_symlink())
    return "".join(path.read_text("latin-1") for path in files if outside not in path.resolve().parents)


class TestOwner:
    def test_what_is_created_is_the_owners(self, theirs: Path) -> None:
        before = snapshot(theirs)
        for make in (spread, updated):
            apply_plan(setup_plan(make(theirs)))
            assert owners(theirs) == {(VICTIM, VICTIM)}
        apply_plan(removal_plan(updated(theirs)))
        assert (snapshot(theirs), owners(theirs)) == (before, {(VICTIM, VICTIM)})

    def test_a_file_of_roots_there_becomes_the_owners(self, theirs: Path) -> None:
        os.chown(theirs / ".bashrc", 0, 0)
        (theirs / ".bashrc").chmod(0o644)
        apply_plan(setup_plan(spread(theirs)))
        assert owners(theirs) == {(VICTIM, VICTIM)}
        assert stat.S_IMODE((theirs / ".bashrc").stat().st_mode) == 0o644

    @pytest.mark.parametrize("mode", [0o644, 0o664])
    def test_a_group_that_the_owner_is_not_in_stays(self, mode: int, theirs: Path) -> None:
        path = theirs / ".bashrc"
        os.chown(path, VICTIM, OTHER)
        path.chmod(mode)
        before = path.stat()
        apply_plan(setup_plan(spread(theirs)))
        after = path.stat()
        assert (after.st_ino, after.st_uid, after.st_gid) == (before.st_ino, VICTIM, OTHER)
        assert stat.S_IMODE(after.st_mode) == mode

    def test_a_group_that_the_owner_is_not_in_gets_no_other_groups_rights(self, theirs: Path) -> None:
        path = theirs / ".bashrc"
        os.chown(path, 0, OTHER)
        path.chmod(0o664)
        error = refusal(theirs)
        assert "it belongs to the user 0 and the group 12346, as another file" in error.message
        type_command(error)
        apply_plan(setup_plan(spread(theirs)))
        assert (path.stat().st_uid, path.stat().st_gid) == (VICTIM, OTHER)

    def test_a_file_of_roots_with_two_names_is_refused(self, theirs: Path) -> None:
        path = theirs / ".bashrc"
        os.chown(path, 0, 0)
        path.chmod(0o644)
        (theirs / "other").hardlink_to(path)
        refused = (
            "it has another name, a hard link, and belongs to the user 0 and the group 0, as another file"
        )
        assert [note for note in find_notes(setup_plan(spread(theirs))) if "hard link" in note] == [
            f"`{path}` cannot be written: {refused} in its place could not, and it cannot be written in place"
        ]
        error = refusal(theirs)
        assert f"`{path}` could not be written: {refused}" in error.message
        assert f"(`find / -xdev -samefile {path}`)" in (error.hint or "")
        assert path.samefile(theirs / "other")

    def test_of_a_file_that_becomes_the_owners_the_plan_says_so(self, theirs: Path) -> None:
        os.chown(theirs / ".bashrc", 0, 0)
        (theirs / ".bashrc").chmod(0o644)
        note = "does not keep its owner and group: it will be that user's in whose directory it is"
        assert [each for each in find_notes(setup_plan(spread(theirs))) if ".bashrc" in each] == [
            f"`{theirs}/.bashrc` {note}"
        ]

    def test_a_group_that_the_owner_is_in_stays(self, theirs: Path) -> None:
        os.chown(theirs / ".bashrc", VICTIM, OTHER)
        with acting_as(User(VICTIM, VICTIM, (VICTIM, OTHER))):
            apply_plan(setup_plan(spread(theirs)))
        assert (theirs / ".bashrc").stat().st_gid == OTHER

    def test_what_only_root_may_read_there_is_not_read(self, theirs: Path) -> None:
        os.chown(theirs / ".bashrc", 0, 0)
        (theirs / ".bashrc").chmod(0o600)
        with pytest.raises(ApplyError, match="permission denied; nothing was changed"):
            apply_plan(setup_plan(spread(theirs)))


def refusal(home: Path) -> ApplyError:
    """Why nothing was changed."""
    before = snapshot(home)
    with pytest.raises(ApplyError) as caught:
        apply_plan(setup_plan(spread(home)))
    assert caught.value.code == "read-only"
    assert snapshot(home) == before
    return caught.value


def type_command(error: ApplyError) -> str:
    """Type what the hint says, and nothing else."""
    (command,) = re.findall("`([^`]*)`", error.hint or "")
    subprocess.run(shlex.split(command), check=True)
    return str(command)


class TestHint:
    """What root is told where the user's rights do not do; each command is typed."""

    def test_directories_of_roots_are_named(self, theirs: Path) -> None:
        (theirs / ".config/proxyenv").mkdir(parents=True, exist_ok=True)
        (theirs / ".config/proxyenv/env.sh").write_bytes(b"# root's\n")
        for name in (".config", ".config/proxyenv", ".config/proxyenv/env.sh"):
            os.chown(theirs / name, 0, 0)
        home = theirs / ".config"
        assert type_command(refusal(theirs)) == (
            f"chown -h {VICTIM} {home} {home}/proxyenv {home}/proxyenv/env.sh"
        )
        apply_plan(setup_plan(spread(theirs)))

    def test_a_file_of_roots_is_named(self, theirs: Path) -> None:
        os.chown(theirs / ".bashrc", 0, 0)
        (theirs / ".bashrc").chmod(0o600)
        assert type_command(refusal(theirs)) == f"chown -h {VICTIM} {theirs}/.bashrc"
        apply_plan(setup_plan(spread(theirs)))

    @pytest.mark.skipif(sys.platform != "linux", reason="Linux has such attributes")
    def test_an_attribute_that_only_root_sees_is_not_lost(self, theirs: Path) -> None:
        path = theirs / ".bashrc"
        set_attribute(path)
        os.chown(path, 0, 0)
        path.chmod(0o644)
        error = refusal(theirs)
        assert "its attribute `trusted.note` cannot be given to another file" in error.message
        assert type_command(error) == f"chown -h {VICTIM} {path}"
        apply_plan(setup_plan(spread(theirs)))
        assert read_attribute(path) == b"mine"

    def test_a_directory_that_the_owner_cannot_enter_is_named(self, theirs: Path) -> None:
        theirs.parent.chmod(0o700)
        assert refusal(theirs).hint == (
            f"root writes there with the rights of the user {VICTIM} alone, who cannot enter "
            f"`{theirs.parent}`: let that user in, or name a place that the user can reach"
        )

    @pytest.mark.skipif(sys.platform != "linux", reason="Linux has such capabilities")
    def test_root_without_the_right_to_take_anothers_is_told_so(self, theirs: Path) -> None:
        def act() -> str:
            give_up_other_users()
            error = refusal(theirs)
            return f"{error.message}\n{error.hint}"

        message, hint = in_child(act).splitlines()
        assert message.endswith(
            f"could not be written: root here may not take the rights of the user {VICTIM}, which needs the "
            "capabilities SETUID and SETGID; nothing was changed"
        )
        assert hint == f"run it as the user {VICTIM}, or give root here the capabilities SETUID and SETGID"


if sys.platform == "linux":

    def set_attribute(path: Path) -> None:
        os.setxattr(path, "trusted.note", b"mine")

    def read_attribute(path: Path) -> bytes:
        return os.getxattr(path, "trusted.note")

else:

    def set_attribute(_path: Path) -> None:
        """There are none."""

    def read_attribute(_path: Path) -> bytes:
        """There are none."""
        return b""


def rights() -> tuple[int, int, list[int]]:
    return os.geteuid(), os.getegid(), os.getgroups()


class TestRights:
    @pytest.mark.parametrize("error", [None, OSError, KeyboardInterrupt])
    def test_they_are_given_back(self, error: type[BaseException] | None, theirs: Path) -> None:
        before = rights()
        with suppress(OSError, KeyboardInterrupt), acting_for(theirs / "file"):
            assert rights() == (VICTIM, VICTIM, [VICTIM])
            with acting_as(None):
                assert rights() == before
            assert rights() == (VICTIM, VICTIM, [VICTIM])
            if error is not None:
                raise error
        assert rights() == before

    def test_a_program_has_all_of_them(self) -> None:
        user = User(VICTIM, OTHER, (OTHER, VICTIM))
        command = ["/bin/sh", "-c", "id -u; id -ru; id -g; id -rg; id -G"]
        done = run_program(command, seconds=30.0, environment={"PATH": "/usr/bin:/bin"}, user=user)
        assert done.stdout.decode().split() == ["12345", "12345", "12346", "12346", "12346", "12345"]

    def test_a_place_is_in_the_hands_of_the_outermost_owner(self, theirs: Path) -> None:
        inner = theirs / ".config/git"
        os.chown(inner, 0, 0)
        assert find_holder(inner) == (VICTIM, VICTIM, (VICTIM,))
        assert find_holder(theirs.parent) is None

    def test_a_link_in_the_place_of_a_home_is_its_owners(self, room: Path) -> None:
        def act() -> str:
            link, gone = room / "link", room / "gone"
            link.symlink_to("/root")
            os.chown(link, VICTIM, VICTIM, follow_symlinks=False)
            gone.mkdir()
            give(gone)
            seen = [find_holder(link / "etc"), find_holder(gone / ".config")]
            gone.rmdir()
            return str([*seen, find_holder(gone / ".config")] == [(VICTIM, VICTIM, (VICTIM,))] * 3)

        room.chmod(0o755)
        assert in_child(act) == "True"

    def test_a_link_of_roots_leads_to_its_targets_owner(self, room: Path, theirs: Path) -> None:
        (room / "link").symlink_to(theirs)
        assert find_holder(room / "link/.config") == (VICTIM, VICTIM, (VICTIM,))

    def test_without_an_account_nobody_is_in_roots_group(self, theirs: Path) -> None:
        os.chown(theirs, VICTIM, 0)
        assert find_holder(theirs) == (VICTIM, VICTIM, (VICTIM,))

    def test_who_may_decide_for_the_system_is_not_confined(self, theirs: Path) -> None:
        assert find_user((theirs,), {0}) == (VICTIM, VICTIM, (VICTIM,))
        assert find_user((theirs,), {0, VICTIM}) is None
        assert find_user((Path("/"),), {0}) is None


def test_a_home_that_its_owner_cannot_reach_is_refused(theirs: Path) -> None:
    plan, before = setup_plan(spread(theirs)), snapshot(theirs)
    theirs.parent.chmod(0o700)
    with acting_as(User(VICTIM, VICTIM, (VICTIM,))), pytest.raises(ApplyError) as refused:
        apply_plan(plan)
    assert refused.value.code == "read-only"
    assert f"the rights of the user {VICTIM} alone" in (refused.value.hint or "")
    assert snapshot(theirs) == before
