"""Several processes at once: writers exclude each other, readers never meet a gap."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from typing import TYPE_CHECKING

import pytest

from proxyenv.apply.lock import locked
from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError
from support.child import in_child
from support.homes import single, spread, updated
from support.plans import Installation, removal_plan, setup_plan
from support.tree import snapshot, times

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Layout = Callable[[Path], Installation]

assert sys.platform != "win32"


@pytest.mark.parametrize("layout", [spread, single])
@pytest.mark.parametrize("undo", [False, True], ids=["setup", "removal"])
def test_a_second_writer_is_refused_while_the_first_one_writes(
    layout: Layout, undo: bool, home: Path
) -> None:
    first = setup_plan(layout(home))
    assert first.receipt is not None
    if undo:
        apply_plan(first)
    plan = removal_plan(layout(home)) if undo else first
    before, stamps = snapshot(home), times(home)

    def act() -> str:
        with pytest.raises(ApplyError) as caught:
            apply_plan(plan)
        return f"{caught.value.code}: {caught.value.hint}"

    with locked(first.receipt_path, first.receipt.directories):
        assert in_child(act) == "locked: wait until it has ended, then run the command again"
        assert (snapshot(home), times(home)) == (before, stamps)
    apply_plan(plan)
    assert snapshot(home) != before


def test_a_plan_with_nothing_to_do_does_not_wait_for_a_lock(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    plan = setup_plan(spread(home))
    assert plan.receipt is not None
    with locked(plan.receipt_path, plan.receipt.directories):
        apply_plan(plan)


def test_a_lock_ends_with_the_process_that_held_it(home: Path) -> None:
    plan = setup_plan(spread(home))

    def act() -> str:
        assert plan.receipt is not None
        locked(plan.receipt_path, plan.receipt.directories).__enter__()
        return "held"

    assert in_child(act) == "held"
    apply_plan(plan)


def test_writers_that_race_leave_the_work_of_one_of_them_whole(home: Path) -> None:
    before = snapshot(home)
    children = []
    for number in range(4):
        child = os.fork()
        if child == 0:
            _race(home, [spread, updated][number % 2])
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0, 0]
    apply_plan(setup_plan(updated(home)))
    apply_plan(removal_plan(spread(home), updated(home)))
    assert snapshot(home) == before


def _race(home: Path, layout: Layout) -> None:
    """Set up and remove for a while; refusals are fine, anything else is not."""
    status = 1
    try:
        for turn in range(40):
            try:
                wanted = layout(home)
                apply_plan(removal_plan(spread(home), updated(home)) if turn % 3 == 2 else setup_plan(wanted))
            except ApplyError as error:
                if error.code not in {"locked", "changed-meanwhile"}:
                    raise
        status = 0
    except BaseException:  # noqa: BLE001 - this process ends here; pytest shows what it wrote
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


OLD, NEW = b"old\n" * 50_000, b"new and longer\n" * 50_000


def test_a_reader_always_finds_one_of_the_two_contents(home: Path) -> None:
    bundle = home / "px/ca-bundle.pem"
    wanted = [Installation(home / "px/receipt.json", {bundle: (content, 0o644)}) for content in (OLD, NEW)]
    apply_plan(setup_plan(wanted[0]))
    child = os.fork()
    if child == 0:
        status = 1
        try:
            for turn in range(1, 201):
                apply_plan(setup_plan(wanted[turn % 2]))
            status = 0
        finally:
            os._exit(status)
    seen, reads, ended = set(), 0, (0, 0)
    try:
        while ended == (0, 0):
            seen.add(bundle.read_bytes())
            reads += 1
            ended = os.waitpid(child, os.WNOHANG)
    finally:
        if ended == (0, 0):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    assert ended[1] == 0
    assert seen == {OLD, NEW}
    assert reads > 200
