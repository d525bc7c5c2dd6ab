"""A process that is killed, at every moment there is, leaves a machine that can be put back."""

from __future__ import annotations

import errno
import shutil
import sys
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError
from proxyenv.machine.installation import read_installation
from proxyenv.plan.removal import known_entries
from proxyenv.plan.rollback import keep_earlier, plan_rollback
from proxyenv.plan.steps import Ground
from support.child import KILLED, disturbed, kill, moments, raising
from support.homes import many, single, spread, updated
from support.machine import in_ci
from support.machines import make_host
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from proxyenv.model.change import Plan
    from support.plans import Installation

    Layout = Callable[[Path], Installation]

assert sys.platform != "win32"

pytestmark = pytest.mark.one_python


def _copy(home: Path, name: str) -> Path:
    """A copy of a home under another name, as it is."""
    shutil.rmtree(home.with_name(name), ignore_errors=True)
    return shutil.copytree(home, home.with_name(name), symlinks=True)


@pytest.mark.parametrize("layout", [spread, single])
def test_a_killed_setup_is_removed_without_a_trace(layout: Layout, home: Path) -> None:
    before = snapshot(home)
    at = 1
    while disturbed(lambda: apply_plan(setup_plan(layout(home))), at=at, by=kill) == KILLED:
        apply_plan(removal_plan(layout(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 40


@pytest.mark.parametrize("layout", [spread, single])
def test_a_killed_setup_is_completed_by_the_next_and_then_removed_without_a_trace(
    layout: Layout, home: Path
) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(layout(home)))
    complete = snapshot(home)
    apply_plan(removal_plan(layout(home)))
    at = 1
    while disturbed(lambda: apply_plan(setup_plan(layout(home))), at=at, by=kill) == KILLED:
        apply_plan(setup_plan(layout(home)))
        assert snapshot(home).keys() == complete.keys(), f"killed at moment {at}"
        assert snapshot(home) == complete, f"killed at moment {at}"
        apply_plan(removal_plan(layout(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 40


def test_a_killed_update_is_removed_without_a_trace(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    pristine = _copy(home, "installed")
    at = 1
    while disturbed(lambda: apply_plan(setup_plan(updated(home))), at=at, by=kill) == KILLED:
        apply_plan(removal_plan(spread(home), updated(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        shutil.rmtree(home)
        pristine.rename(home)
        pristine = _copy(home, "installed")
        at += 1
    assert at > 40


def test_a_killed_update_is_completed_by_the_next_and_then_removed_without_a_trace(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    installed = _copy(home, "installed")
    apply_plan(setup_plan(updated(home)))
    complete = snapshot(home)
    at, status = 1, KILLED
    while status == KILLED:
        shutil.rmtree(home)
        shutil.copytree(installed, home, symlinks=True)
        status = disturbed(lambda: apply_plan(setup_plan(updated(home))), at=at, by=kill)
        apply_plan(setup_plan(updated(home)))
        assert snapshot(home) == complete, f"killed at moment {at}"
        apply_plan(removal_plan(spread(home), updated(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 40


@pytest.mark.parametrize("layout", [spread, single])
def test_a_killed_removal_is_completed_by_the_next(layout: Layout, home: Path) -> None:
    before = snapshot(home)
    at, status = 1, KILLED
    while status == KILLED:
        apply_plan(setup_plan(layout(home)))
        status = disturbed(lambda: apply_plan(removal_plan(layout(home))), at=at, by=kill)
        apply_plan(removal_plan(layout(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 15


def test_a_removal_that_is_killed_again_and_again_is_completed_at_last(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    at = 5
    while disturbed(lambda: apply_plan(removal_plan(spread(home))), at=at, by=kill) == KILLED:
        at += 1
    assert snapshot(home) == before
    assert at > 12


def _refused(action: Callable[[], None], code: str) -> Callable[[], None]:
    def act() -> None:
        with pytest.raises(ApplyError) as caught:
            action()
        assert caught.value.code == code

    return act


def _interrupted(action: Callable[[], None]) -> Callable[[], None]:
    def act() -> None:
        with pytest.raises(KeyboardInterrupt):
            action()

    return act


FULL = OSError(errno.ENOSPC, "No space left on device")


@pytest.mark.parametrize("layout", [spread, single])
def test_a_setup_that_fails_at_any_moment_is_rolled_back(layout: Layout, home: Path) -> None:
    before = snapshot(home)
    plan = setup_plan(layout(home))
    for at in range(1, moments(lambda: apply_plan(plan)) + 1):
        apply_plan(removal_plan(layout(home)))
        disturbed(_refused(lambda: apply_plan(plan), "no-space"), at=at, by=raising(FULL))
        assert snapshot(home) == before, f"failed at moment {at}"


@pytest.mark.parametrize("error", [FULL, KeyboardInterrupt()], ids=["no space", "an interrupt"])
def test_a_setup_of_many_files_is_rolled_back(home: Path, error: BaseException) -> None:
    before = snapshot(home)
    plan = setup_plan(many(home))
    full = _refused(lambda: apply_plan(plan), "no-space")
    act = full if error is FULL else _interrupted(lambda: apply_plan(plan))
    for at in range(1, moments(lambda: apply_plan(plan)) + 1, 5):
        apply_plan(removal_plan(many(home)))
        disturbed(act, at=at, by=raising(error))
        assert snapshot(home) == before, f"ended at moment {at}"


def test_a_setup_of_many_files_that_is_killed_is_removed_without_a_trace(home: Path) -> None:
    before = snapshot(home)
    plan = setup_plan(many(home))
    for at in range(1, moments(lambda: apply_plan(plan)) + 1, 5):
        apply_plan(removal_plan(many(home)))
        assert disturbed(lambda: apply_plan(plan), at=at, by=kill) == KILLED
        apply_plan(removal_plan(many(home)))
        assert snapshot(home) == before, f"killed at moment {at}"


def test_a_setup_that_is_interrupted_at_any_moment_is_rolled_back(home: Path) -> None:
    before = snapshot(home)
    plan = setup_plan(spread(home))
    for at in range(1, moments(lambda: apply_plan(plan)) + 1):
        apply_plan(removal_plan(spread(home)))
        disturbed(_interrupted(lambda: apply_plan(plan)), at=at, by=raising(KeyboardInterrupt()))
        assert snapshot(home) == before, f"interrupted at moment {at}"


def test_an_update_that_fails_at_any_moment_is_rolled_back(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    before = snapshot(home)
    plan = setup_plan(updated(home))
    count = moments(lambda: apply_plan(plan))
    apply_plan(removal_plan(spread(home), updated(home)))
    apply_plan(setup_plan(spread(home)))
    assert snapshot(home) == before
    for at in range(1, count + 1):
        disturbed(_refused(lambda: apply_plan(plan), "no-space"), at=at, by=raising(FULL))
        assert snapshot(home) == before, f"failed at moment {at}"


@pytest.mark.parametrize("layout", [spread, single])
def test_a_removal_that_fails_at_any_moment_is_rolled_back(layout: Layout, home: Path) -> None:
    apply_plan(setup_plan(layout(home)))
    before = snapshot(home)
    plan = removal_plan(layout(home))
    count = moments(lambda: apply_plan(plan))
    apply_plan(setup_plan(layout(home)))
    assert snapshot(home) == before
    for at in range(1, count + 1):
        disturbed(_refused(lambda: apply_plan(plan), "no-space"), at=at, by=raising(FULL))
        assert snapshot(home) == before, f"failed at moment {at}"


def test_a_roll_back_that_is_killed_leaves_what_a_removal_can_finish(home: Path) -> None:
    before = snapshot(home)
    plan = setup_plan(spread(home))
    last = moments(lambda: apply_plan(plan))
    apply_plan(removal_plan(spread(home)))

    def fail_late() -> None:
        _refused_late(plan.receipt_path)
        _refused(lambda: apply_plan(plan), "no-space")()

    for at in range(last, last + 100):
        status = disturbed(fail_late, at=at, by=kill)
        apply_plan(removal_plan(spread(home)))
        assert snapshot(home) == before, f"killed at moment {at}"
        if status == 0:
            break
    assert last + 10 < at < last + 99


def _refused_late(receipt_path: Path) -> None:
    """Make the last rename of a setup fail: the one that puts the final receipt in its place."""
    renames = []

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event == "os.rename" and str(arguments[1]) == str(receipt_path):
            renames.append(event)
            if len(renames) == 1:
                raise FULL

    sys.addaudithook(audit)


def _update(home: Path) -> Plan:
    """The plan of :func:`updated`, which keeps what it replaces."""
    host, plan = make_host(home=home), setup_plan(updated(home))
    assert plan.receipt is not None
    installation = read_installation(host)
    changes = tuple(change for change in plan.changes if change.path != host.layout.copies)
    kept = keep_earlier(Ground(host.layout, installation, known_entries(installation.receipt)), changes)
    entries = (*kept.entries, *plan.receipt.entries)
    receipt = plan.receipt._replace(entries=entries, replaced=kept.replaced)
    return plan._replace(changes=(*kept.changes, *changes), receipt=receipt)


def _rollback(home: Path) -> Plan:
    host = make_host(home=home)
    return plan_rollback(host, read_installation(host))


RECEIPT: Final = ".local/state/proxyenv/receipt.json"


def _receipt(home: Path) -> object:
    return snapshot(home)[RECEIPT]


def _remove(home: Path) -> None:
    apply_plan(removal_plan(spread(home), updated(home)))


def _renew(home: Path, pristine: Path) -> None:
    shutil.rmtree(home)
    shutil.copytree(pristine, home, symlinks=True)


def test_a_killed_rollback_is_completed_by_the_next_and_then_removed_without_a_trace(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    earlier = snapshot(home)
    apply_plan(_update(home))
    pristine = _copy(home, "updated")
    at, status = 1, KILLED
    while status == KILLED:
        _renew(home, pristine)
        status = disturbed(lambda: apply_plan(_rollback(home)), at=at, by=kill)
        half = _copy(home, "half")
        if _receipt(home) != earlier[RECEIPT]:
            apply_plan(_rollback(home))
        assert snapshot(home) == earlier, f"killed at moment {at}"
        _renew(home, half)
        _remove(home)
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 40


@in_ci
def test_a_killed_update_is_rolled_back_or_completed(home: Path) -> None:
    """Whatever comes after it, the generation that is kept is the one that worked."""
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    earlier, pristine = snapshot(home), _copy(home, "installed")
    apply_plan(_update(home))
    complete = snapshot(home)
    at, status = 1, KILLED
    while status == KILLED:
        _renew(home, pristine)
        status = disturbed(lambda: apply_plan(_update(home)), at=at, by=kill)
        half = _copy(home, "half")
        if _receipt(home) != earlier[RECEIPT]:  # else it was killed before its journal stood
            apply_plan(_rollback(home))
            assert snapshot(home) == earlier, f"killed at moment {at}"
        _renew(home, half)
        apply_plan(_update(home))
        assert snapshot(home) == complete, f"killed at moment {at}"
        apply_plan(_rollback(home))
        assert snapshot(home) == earlier, f"killed at moment {at}"
        _renew(home, half)
        _remove(home)
        assert snapshot(home) == before, f"killed at moment {at}"
        at += 1
    assert at > 40


def test_a_rollback_that_fails_at_any_moment_leaves_all_as_it_was(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    apply_plan(_update(home))
    before, pristine = snapshot(home), _copy(home, "updated")
    plan = _rollback(home)
    count = moments(lambda: apply_plan(plan))
    _renew(home, pristine)
    for at in range(1, count + 1):
        disturbed(_refused(lambda: apply_plan(plan), "no-space"), at=at, by=raising(FULL))
        assert snapshot(home) == before, f"failed at moment {at}"
    assert count > 40
