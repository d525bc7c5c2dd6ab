"""A file with several names is written in place, and stays one file, whatever happens in between."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.apply.atomic import observe
from proxyenv.apply.transaction import apply_plan
from proxyenv.commands.changes import render_plan
from proxyenv.errors import ApplyError
from proxyenv.formats.overwrite import Overwrite, find_overwrite, render_overwrite
from proxyenv.machine.installation import read_file
from support.child import KILLED, disturbed, in_child, kill, moments, raising
from support.homes import spread, updated
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.model.change import Plan

assert sys.platform != "win32"

pytestmark = pytest.mark.one_python

FULL: Final = OSError(28, "No space left on device")
USER: Final = 12345
LINE: Final = b"export EDITED=yes\n"
RC: Final = b"# one\n" * 700


@pytest.fixture
def linked(home: Path) -> Path:
    """A home whose rc file has a second name in another directory, and is longer than a block of a disk."""
    (home / "dotfiles").mkdir()
    (home / ".bashrc").write_bytes(RC)
    (home / "dotfiles/bashrc").hardlink_to(home / ".bashrc")
    return home


def are_one_file(home: Path) -> bool:
    return (home / ".bashrc").samefile(home / "dotfiles/bashrc")


def copy(home: Path, name: str) -> Path:
    """A copy in which the two names are one file, too."""
    other = home.with_name(name)
    shutil.rmtree(other, ignore_errors=True)
    shutil.copytree(home, other, symlinks=True)
    (other / "dotfiles/bashrc").unlink()
    (other / "dotfiles/bashrc").hardlink_to(other / ".bashrc")
    return other


def test_both_names_stay_one_file(linked: Path) -> None:
    before = snapshot(linked)
    number = (linked / ".bashrc").stat().st_ino
    apply_plan(setup_plan(spread(linked)))
    assert (linked / "dotfiles/bashrc").read_bytes().endswith(b"# <<< proxyenv <<<\n")
    assert are_one_file(linked)
    apply_plan(setup_plan(updated(linked)))
    assert b". new.sh" in (linked / "dotfiles/bashrc").read_bytes()
    apply_plan(removal_plan(spread(linked), updated(linked)))
    assert snapshot(linked) == before
    assert are_one_file(linked)
    assert (linked / ".bashrc").stat().st_ino == number


def test_a_killed_setup_is_removed_without_a_trace(linked: Path) -> None:
    before = snapshot(linked)
    at = 1
    while disturbed(lambda: apply_plan(setup_plan(spread(linked))), at=at, by=kill) == KILLED:
        apply_plan(removal_plan(spread(linked)))
        assert snapshot(linked) == before, f"killed at moment {at}"
        assert are_one_file(linked)
        at += 1
    assert at > 50


def test_a_killed_update_is_completed_or_removed(linked: Path) -> None:
    before = snapshot(linked)
    apply_plan(setup_plan(spread(linked)))
    pristine = copy(linked, "pristine")
    apply_plan(setup_plan(updated(linked)))
    complete = snapshot(linked)
    at, status = 1, KILLED
    while status == KILLED:
        shutil.rmtree(linked)
        copy(pristine, linked.name)
        status = disturbed(lambda: apply_plan(setup_plan(updated(linked))), at=at, by=kill)
        if at % 2:
            apply_plan(setup_plan(updated(linked)))
            assert snapshot(linked) == complete, f"killed at moment {at}"
        apply_plan(removal_plan(spread(linked), updated(linked)))
        assert snapshot(linked) == before, f"killed at moment {at}"
        assert are_one_file(linked)
        at += 1
    assert at > 50


def test_a_killed_removal_is_completed_by_the_next(linked: Path) -> None:
    before = snapshot(linked)
    at, status = 1, KILLED
    while status == KILLED:
        apply_plan(setup_plan(spread(linked)))
        status = disturbed(lambda: apply_plan(removal_plan(spread(linked))), at=at, by=kill)
        apply_plan(removal_plan(spread(linked)))
        assert snapshot(linked) == before, f"killed at moment {at}"
        assert are_one_file(linked)
        at += 1
    assert at > 20


def notes_of(plan: Plan, home: Path) -> list[str]:
    return [line for line in render_plan(plan, home, lambda text, _: text) if "hard link" in line]


def test_the_plan_says_what_becomes_of_the_other_name(linked: Path) -> None:
    path = linked / ".bashrc"
    assert notes_of(setup_plan(spread(linked)), linked) == [
        f"  note     `{path}` has another name, a hard link: it is written in place, and stays one file"
    ]


def test_the_plan_says_where_a_file_cannot_be_written_in_place(room: Path, linked: Path) -> None:
    """Root writes into every file, so somebody else does it."""
    path = linked / ".bashrc"
    path.chmod(0o444)

    def act() -> str:
        if os.geteuid() == 0:
            for place in (room, linked, *linked.rglob("*")):
                os.chown(place, USER, USER, follow_symlinks=False)
            os.setgid(USER)
            os.setuid(USER)
        plan = setup_plan(spread(linked))
        notes = notes_of(plan, linked)
        apply_plan(plan)
        return "\n".join(notes)

    reason = "which its mode, 0444, keeps from being written: the other name keeps the present content"
    assert in_child(act) == f"  note     `{path}` has another name, a hard link, {reason}"
    assert (linked / "dotfiles/bashrc").read_bytes() == RC
    assert b">>> proxyenv >>>" in path.read_bytes()


def give_all(room: Path, home: Path, user: int, group: int) -> None:
    """A home that its group may write as its owner may, as that of an OpenShift image."""
    for place in (room, home, *home.rglob("*")):
        os.chown(place, user, group, follow_symlinks=False)
        mode = place.stat().st_mode
        place.chmod(mode & 0o7707 | (mode & 0o700) >> 3)


def become(user: int, group: int) -> None:
    os.setgroups([])
    os.setgid(group)
    os.setuid(user)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
class TestOwner:
    """Whoever may write a file and cannot give away another one writes it in place."""

    def test_a_file_of_another_user_keeps_its_owner(self, room: Path, home: Path) -> None:
        give_all(room, home, USER, USER + 1)
        path = home / ".bashrc"
        before = snapshot(home), path.stat()

        def act() -> str:
            become(USER + 2, USER + 1)
            plan = setup_plan(spread(home))
            apply_plan(plan)
            lines = [line for line in render_plan(plan, home, lambda text, _: text) if f"`{path}`" in line]
            assert b">>> proxyenv >>>" in path.read_bytes()
            apply_plan(removal_plan(spread(home)))
            return "\n".join(lines)

        note = "is written in place, since another file there could not have its owner and group"
        plan = setup_plan(spread(home))
        assert in_child(act) == f"  note     `{path}` {note}"
        after = path.stat()
        assert plan.pending
        assert snapshot(home) == before[0]
        assert (after.st_ino, after.st_uid, after.st_gid) == (before[1].st_ino, USER, USER + 1)

    def test_what_cannot_be_written_in_place_either_is_refused(self, room: Path, home: Path) -> None:
        give_all(room, home, USER, USER)
        path = home / ".bashrc"
        os.chown(path, 0, 0)
        path.chmod(0o644)
        before = snapshot(home)

        def act() -> str:
            become(USER, USER)
            with pytest.raises(ApplyError) as refused:
                apply_plan(setup_plan(spread(home)))
            return f"{refused.value.code}\n{refused.value.message}\n{refused.value.hint}"

        reason = (
            "it belongs to the user 0 and the group 0, as another file in its place could not, and it cannot "
            "be written in place"
        )
        assert in_child(act).splitlines() == [
            "read-only",
            f"`{path}` could not be written: {reason}; nothing was changed",
            f"look at what is there, then, as root, `chown -h {USER} {path}`, then run the command again",
        ]
        assert snapshot(home) == before
        os.chown(path, USER, -1, follow_symlinks=False)

        def again() -> str:
            become(USER, USER)
            apply_plan(setup_plan(spread(home)))
            return ""

        in_child(again)
        assert (path.stat().st_uid, path.stat().st_gid) == (USER, 0)


def fail(plan: Plan) -> Callable[[], None]:
    def act() -> None:
        with pytest.raises(ApplyError) as caught:
            apply_plan(plan)
        assert caught.value.code == "no-space"

    return act


def test_a_setup_that_fails_at_any_moment_is_rolled_back(linked: Path) -> None:
    before = snapshot(linked)
    plan = setup_plan(spread(linked))
    for at in range(1, moments(lambda: apply_plan(plan)) + 1):
        apply_plan(removal_plan(spread(linked)))
        disturbed(fail(plan), at=at, by=raising(FULL))
        assert snapshot(linked) == before, f"failed at moment {at}"
        assert are_one_file(linked)


def save_in_place(path: Path) -> None:
    with path.open("ab") as stream:
        stream.write(LINE)


def save_by_rename(path: Path) -> None:
    other = path.with_name("saved")
    other.write_bytes(path.read_bytes() + LINE)
    other.replace(path)


@pytest.mark.parametrize("save", [save_in_place, save_by_rename])
def test_what_is_saved_before_the_last_look_stays(linked: Path, save: Callable[[Path], None]) -> None:
    """The last look is the one at the open file, after its old content is on the disk."""
    path = linked / ".bashrc"

    def act() -> str:
        waiting = [path]

        def audit(event: str, arguments: tuple[object, ...]) -> None:
            mode = arguments[2] if event == "open" else 0
            is_ours = isinstance(mode, int) and mode & os.O_ACCMODE == os.O_RDWR
            if is_ours and waiting and str(arguments[0]) == str(path):
                save(waiting.pop())

        sys.addaudithook(audit)
        try:
            apply_plan(setup_plan(spread(linked)))
        except ApplyError as error:
            return error.code
        return ""

    before = snapshot(linked)
    assert in_child(act) == "changed-meanwhile"
    after = snapshot(linked)
    assert after[".bashrc"][1] == RC + LINE
    assert {**after, ".bashrc": before[".bashrc"], "dotfiles/bashrc": before["dotfiles/bashrc"]} == before
    assert (linked / "dotfiles/bashrc").read_bytes() == (RC + LINE if save is save_in_place else RC)


@pytest.mark.parametrize("written", [0, 1, 511, 512, 600, 1023], ids=lambda count: f"{count} bytes")
def test_a_half_written_file_counts_as_it_was(tmp_path: Path, written: int) -> None:
    old, new = b"".join(b"%03d\n" % each for each in range(256)), b"x" * 2000
    path = tmp_path / "rc"
    path.write_bytes(new[:written] + old[written:])
    (tmp_path / "..rc.before.proxyenv-tmp").touch()
    (tmp_path / ".rc.before.proxyenv-tmp").write_bytes(render_overwrite(Overwrite(old, new)))
    for state in (observe(path), read_file(path)):
        assert state is not None
        assert state.content == old


@pytest.mark.parametrize(
    "found", [b"new content\n", b"old\n", b"newer\n", b"somebody's own text, which is longer than both"]
)
def test_a_file_that_is_whole_counts_as_it_is(found: bytes) -> None:
    assert Overwrite(b"old\n", b"new content\n").settle(found) == found


def test_a_record_that_is_not_whole_says_nothing() -> None:
    record = render_overwrite(Overwrite(b"old\n", b"new\n"))
    assert find_overwrite(record) == Overwrite(b"old\n", b"new\n")
    assert [find_overwrite(record[:end]) for end in range(len(record))] == [None] * len(record)


if sys.platform == "linux":

    @pytest.mark.skipif(os.geteuid() != 0, reason="only root sets such an attribute")
    def test_an_attribute_that_no_other_file_may_get_stays(
        home: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = home / ".bashrc"
        os.setxattr(path, "trusted.note", b"mine")

        def refuse(*_: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr(os, "setxattr", refuse)
        number = path.stat().st_ino
        apply_plan(setup_plan(spread(home)))
        assert os.getxattr(path, "trusted.note") == b"mine"
        assert path.stat().st_ino == number
