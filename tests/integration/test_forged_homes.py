"""A home of somebody else, with root as who runs a verb there: nothing outside that home is touched."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.formats.pth import HOOK_FILE, render_hook
from support.forging import (
    Receipt,
    World,
    entry,
    find_changes,
    give_away,
    keep,
    make_world,
    the_home_of_somebody_else,
)
from support.mounts import needs_mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Forgery = Callable[[World, Receipt], None]

pytestmark = needs_mounts

LIBRARIES: Final = "around/venv/lib/python3.11/site-packages"
UNINSTALL: Final = ("uninstall", "--yes")
OTHERS: Final = (
    ("rollback", "--yes"),
    ("refresh", "--yes", "--no-check"),
    ("setup", "--yes", "--no-check", "--proxy", "localhost:12"),
    ("trust", "remove", "--yes"),
    ("off", "--yes"),
    ("on", "--yes"),
)


def write_hook(world: World, place: str = LIBRARIES) -> Receipt:
    """Root's own file beside the libraries of a Python, and the entry by which it would be deleted."""
    return entry(world.write(f"{place}/{HOOK_FILE}", render_hook()), "owned")


def find_outside(world: World, changed: list[str]) -> list[str]:
    return [name for name in changed if not name.startswith(str(world.home))]


def the_hook_of_a_python(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(write_hook(world))
    give_away(world)


def a_hook_where_no_libraries_are(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(write_hook(world, "around/site"))
    give_away(world)


def the_hook_in_a_journal(world: World, receipt: Receipt) -> None:
    receipt.update(state="applying", previous={**receipt, "entries": [write_hook(world)]})
    give_away(world)


def the_hook_in_what_a_rollback_restores(world: World, receipt: Receipt) -> None:
    write_hook(world)
    keep(world, receipt, "replaced", world.root / LIBRARIES / HOOK_FILE, b"evil\n")
    give_away(world)


def an_empty_directory_that_a_hook_leads_to(world: World, receipt: Receipt) -> None:
    place = world.around / "empty/site-packages"
    place.mkdir(parents=True)
    receipt["entries"].append(entry(place / HOOK_FILE, "owned"))
    receipt["directories"] += [str(place.parent), str(place)]
    give_away(world)


def what_a_killed_run_left_beside_a_python(world: World, receipt: Receipt) -> None:
    world.write(f"{LIBRARIES}/.{HOOK_FILE}.proxyenv-tmp")
    receipt["entries"].append(entry(world.root / LIBRARIES / HOOK_FILE, "owned"))
    give_away(world)


def what_a_killed_run_left_of_a_directory(world: World, receipt: Receipt) -> None:
    place = world.around / "venv/gone"
    world.write("around/venv/gone.proxyenv-tmp")
    receipt["entries"].append(entry(place / "site-packages" / HOOK_FILE, "owned"))
    receipt["directories"].append(str(place))
    give_away(world)


FORGERIES: Final[tuple[Forgery, ...]] = (
    the_hook_of_a_python,
    a_hook_where_no_libraries_are,
    the_hook_in_a_journal,
    the_hook_in_what_a_rollback_restores,
    an_empty_directory_that_a_hook_leads_to,
    what_a_killed_run_left_beside_a_python,
    what_a_killed_run_left_of_a_directory,
)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with make_world() as made:
        yield made


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda each: each.__name__.replace("_", " "))
@pytest.mark.parametrize("verb", [UNINSTALL, *OTHERS], ids=" ".join)
def test_a_forged_receipt_reaches_nothing_outside_the_home(
    world: World, forge: Forgery, verb: tuple[str, ...]
) -> None:
    status, said, changed, _ = json.loads(find_changes(world, forge, verb))
    assert find_outside(world, changed) == [], said
    assert (status, changed) == (3, []), said
    assert any(f"error[{code}]" in said for code in ("foreign-receipt", "receipt-invalid")), said


def test_the_home_itself_is_given_back(world: World) -> None:
    status, said, changed, _ = json.loads(find_changes(world, the_home_of_somebody_else, UNINSTALL))
    assert status == 0, said
    assert str(world.receipt) in changed
    assert find_outside(world, changed) == []


def the_hook_of_a_python_that_the_settings_name(world: World, _: Receipt) -> None:
    write_hook(world)
    venv = world.write("around/venv/pyvenv.cfg", "home = /usr/bin\n").parent
    (venv / "bin").mkdir()
    (venv / "bin/python").symlink_to(sys.executable)
    toml = world.home / ".config/proxyenv/proxyenv.toml"
    named = f"[trust]\nvenvs = [{json.dumps(str(venv))}]\n"
    toml.write_text(toml.read_text().replace("[trust]\n", named))
    world.receipt.unlink()
    give_away(world)


def test_without_a_receipt_the_settings_reach_nothing_either(world: World) -> None:
    verb = (*UNINSTALL, "--without-receipt")
    forge = the_hook_of_a_python_that_the_settings_name
    status, said, changed, _ = json.loads(find_changes(world, forge, verb))
    assert find_outside(world, changed) == [], said
    assert (status, changed) == (3, []), said
    assert "error[foreign-receipt]" in said
