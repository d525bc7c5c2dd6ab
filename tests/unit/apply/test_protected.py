"""What `chattr` keeps from being changed: root too is refused, before anything is written."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from proxyenv.apply.transaction import apply_plan
from proxyenv.commands.changes import find_notes, refuse_protected, refuse_protected_files
from proxyenv.errors import ApplyError
from proxyenv.machine.content import find_protection
from support.homes import spread
from support.plans import removal_plan, setup_plan
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

assert sys.platform != "win32"

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has these attributes")

CASES = [
    pytest.param((".bashrc", "i", "it is immutable"), id="an immutable file"),
    pytest.param((".bashrc", "a", "it is append-only"), id="a file to which lines are only added"),
    pytest.param((".", "i", "{home} is immutable"), id="an immutable home"),
    pytest.param((".", "a", "{home} is append-only"), id="a home in which nothing is deleted"),
]


@pytest.fixture
def protect(home: Path) -> Iterator[Callable[[str, str], Path]]:
    """Gives a file of the home an attribute; at the end none has any."""

    def chattr(flags: str, path: Path) -> int:
        program = shutil.which("chattr") or "false"
        return subprocess.run((program, flags, path), check=False, capture_output=True).returncode

    changed = []

    def give(name: str, letter: str) -> Path:
        path = home / name
        changed.append(path)
        if chattr(f"+{letter}", path) and not (os.environ.get("CI") and os.geteuid() == 0):
            pytest.skip("`chattr` is not installed, or not allowed here")
        return path

    yield give
    for path in changed:
        chattr("-ia", path)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("installed", [False, True], ids=["setup", "removal"])
def test_nothing_is_written_before_it_is_refused(
    case: tuple[str, str, str], installed: bool, home: Path, protect: Callable[[str, str], Path]
) -> None:
    name, letter, reason = case
    if installed:
        apply_plan(setup_plan(spread(home)))
    plan = removal_plan(spread(home)) if installed else setup_plan(spread(home))
    path = protect(name, letter)
    before = snapshot(home)
    told = (
        f"`{path}` is {reason.split(' is ')[1]} (`chattr +{letter}`), so nothing can be written there before "
    )
    assert [note for note in find_notes(plan) if note.startswith(told)] != []
    with pytest.raises(ApplyError) as caught:
        refuse_protected(plan)
    assert snapshot(home) == before
    assert caught.value.code == "read-only"
    shown = reason.format(home=f"`{path}`")
    assert f"cannot be written: {shown} (`chattr +{letter}`); nothing was changed" in caught.value.message
    _type(caught.value.hint or "")
    refuse_protected(plan)
    apply_plan(plan)


def test_a_receipt_that_a_store_or_a_pool_would_change_is_refused_too(
    home: Path, protect: Callable[[str, str], Path]
) -> None:
    plan = setup_plan(spread(home))
    apply_plan(plan)
    receipt = protect(str(plan.receipt_path.relative_to(home)), "i")
    with pytest.raises(ApplyError, match="it is immutable") as caught:
        refuse_protected_files((plan.receipt_path,))
    assert caught.value.code == "read-only"
    _type(caught.value.hint or "")
    refuse_protected_files((receipt,))


def _type(hint: str) -> None:
    """The command of a hint, typed as printed; `sudo` is not needed by root."""
    subprocess.run(shlex.split(hint.split("`")[1].removeprefix("sudo ")), check=True)


def test_a_device_is_not_asked() -> None:
    assert find_protection(Path(os.devnull)) is None
