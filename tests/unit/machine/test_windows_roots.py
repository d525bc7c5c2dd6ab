"""The roots of Windows around WSL, by a stand-in that prints what PowerShell would. It was not run there."""

from __future__ import annotations

import base64
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.catalog.sources.wsl_roots import parse_roots, read_windows_roots
from proxyenv.commands.store_pick import describe_lack, describe_roots
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.store_roots import find_windows_roots
from support.certificates import DAY, Issued, make_ca, make_leaf
from support.machines import MadeUpMachine, make_host
from support.wsl import KERNEL, POWERSHELL, write_powershell

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.machine.store_roots import StoreRoots

NOW: Final = datetime.now(UTC)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell script")


def printed(*certificates: Issued, store: str = "Root") -> str:
    """Lines as PowerShell ends them; it prints a certificate twice that is in both stores."""
    lines = (f"{store} {base64.b64encode(each.der).decode()}\r\n" for each in certificates)
    return "".join(line for line in lines for _ in range(2))


def make_wsl(root: Path, said: str, *, kernel: str = KERNEL, is_root: bool = False) -> LocalMachine:
    """A root file system whose `powershell.exe` takes the real arguments alone."""
    for name, text in (("proc/sys/kernel/osrelease", kernel), ("run/WSL/1_interop", "")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    write_powershell(root / "mnt/c", said)
    return LocalMachine(make_host(home=root)._replace(is_root=is_root), root=root)


def find(machine: LocalMachine, *sent: Issued) -> StoreRoots:
    found = find_windows_roots(machine, [each.der for each in sent], now=NOW)
    assert found is not None
    return found


def test_the_one_that_signed_is_picked(tmp_path: Path) -> None:
    right = make_ca("Corp Root")
    machine = make_wsl(tmp_path, printed(make_ca("Corp Root"), right, make_ca("Corp Root")))
    found = find(machine, make_leaf(right))
    assert [each.fingerprint for each in found.certificates] == [right.fingerprint]
    said = list(describe_roots("https://a.test", found))
    assert said[1] == "the store Root of Windows holds the CA that signed what it shows: `CN=Corp Root`"


def test_one_that_windows_distrusts_is_none(tmp_path: Path) -> None:
    right = make_ca("Corp Root")
    machine = make_wsl(
        tmp_path, printed(right) + printed(right, store="Disallowed") + printed(make_ca("Other"))
    )
    found = find(machine, make_leaf(right))
    assert (found.certificates, list(describe_lack(found))) == (
        (),
        ["the store Root of Windows holds none either"],
    )


def test_one_that_expired_is_named(tmp_path: Path) -> None:
    old = make_ca("Corp Root", not_before=NOW - 90 * DAY, not_after=NOW - DAY)
    (line,) = describe_lack(find(make_wsl(tmp_path, printed(old)), make_leaf(old)))
    assert line.startswith("not taken: `CN=Corp Root` in `the store Root of Windows` expired on ")


def test_root_runs_nothing_of_windows(tmp_path: Path) -> None:
    machine = make_wsl(tmp_path, printed(make_ca("Corp Root")), is_root=True)
    assert list(describe_lack(find(machine, make_ca()))) == ["Windows is not asked for its roots by root"]


def test_interoperability_that_is_off(tmp_path: Path) -> None:
    found = find(make_wsl(tmp_path, ""), make_ca())
    assert found.source == f"`{tmp_path}/mnt/c/{POWERSHELL}` names no root: is `[interop]` off?"


def test_a_windows_without_powershell() -> None:
    machine = MadeUpMachine(texts={"/proc/sys/kernel/osrelease": KERNEL, "/run/WSL/1_interop": ""})
    answer = read_windows_roots(machine)
    assert answer is not None
    assert answer.refusal == "`powershell.exe` is not found, so Windows cannot be asked for its roots"


def test_elsewhere_nothing_is_run(tmp_path: Path) -> None:
    machine = make_wsl(tmp_path, printed(make_ca("Corp Root")), kernel="6.1.0-13-amd64\n")
    assert find_windows_roots(machine, [make_ca().der], now=NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Root\n", id="no certificate"),
        pytest.param("Root ====\nRoot a!b\n", id="no base64"),
        pytest.param("MIIB\nCA MIIB\n", id="no store"),
        pytest.param("Get-ChildItem : Cannot find path\r\n    + CategoryInfo\r\n", id="an error"),
    ],
)
def test_what_is_no_answer(text: str) -> None:
    assert parse_roots(text) == ()
