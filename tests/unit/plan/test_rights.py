"""What only root may write is refused before anything is done, with the command for root."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.errors import PlanError
from proxyenv.model.change import Change, FileState, Plan
from proxyenv.model.receipt import Receipt
from proxyenv.plan.stores import require_root
from support.machines import HOME, make_host

APT: Final = Change(
    Path("/etc/apt/apt.conf.d/95proxyenv"), "owned", None, FileState(b"Acquire::http::Proxy;\n", 0o644)
)
MINE: Final = Change(HOME / ".wgetrc", "settings", None, FileState(b"x\n", 0o644))
SETUP: Final = ("setup", "--configure", "apt")


def plan(*changes: Change, removal: bool = False) -> Plan:
    return Plan(changes, HOME / "receipt.json", None if removal else Receipt("0", "done", ()))


def refuse(wanted: Plan, *arguments: str) -> PlanError:
    with pytest.raises(PlanError, match=r"only be written by root; nothing was changed") as raised:
        require_root(make_host(), wanted, python="/usr/bin/python3", arguments=arguments)
    assert raised.value.code == "needs-root"
    return raised.value


def test_the_command_for_root_is_exact() -> None:
    assert refuse(plan(APT), *SETUP).hint == (
        "`sudo HOME=/home/ada /usr/bin/python3 -P -m proxyenv setup --configure apt`"
    )


def test_what_needs_no_root_comes_first_without_it() -> None:
    assert refuse(plan(MINE, APT), *SETUP).hint == (
        "first without `--configure apt`, then "
        "`sudo HOME=/home/ada /usr/bin/python3 -P -m proxyenv setup --configure apt`"
    )


def test_a_removal_needs_root_too() -> None:
    removal = plan(MINE, APT.inverse(), removal=True)
    assert refuse(removal, "uninstall").hint == (
        "`sudo HOME=/home/ada /usr/bin/python3 -P -m proxyenv uninstall`"
    )


def test_a_roll_back_cannot_leave_it_out() -> None:
    assert refuse(plan(MINE, APT), "rollback").hint == (
        "`sudo HOME=/home/ada /usr/bin/python3 -P -m proxyenv rollback`"
    )


def test_root_may_and_what_is_there_already_needs_no_root() -> None:
    require_root(make_host()._replace(is_root=True), plan(APT), python="python", arguments=SETUP)
    require_root(make_host(), plan(MINE), python="python", arguments=SETUP)
    require_root(make_host(), plan(APT._replace(before=APT.after)), python="python", arguments=SETUP)
