"""Root names a place that is not there, in the home of somebody else: what is made on the way goes again."""

from __future__ import annotations

import json
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.command import Ran, proxyenv
from support.owners import give_all_away, give_away

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives a home away")

SETUP: Final = ("setup", "--yes", "--no-check", "--proxy", "localhost:9")
UNINSTALL: Final = ("uninstall", "--yes")
KINDS: Final = ("CONFIG", "DATA", "STATE")


@pytest.fixture
def place() -> Iterator[Path]:
    """A directory of root's with a home of somebody else: everybody can get there, as to none of pytest's."""
    with tempfile.TemporaryDirectory(prefix="proxyenv-") as name:
        made = Path(name)
        made.chmod(0o755)
        (made / "home").mkdir()
        (made / "home/.bashrc").write_text("alias x=y\n")
        give_all_away(made / "home")
        yield made


def run(place: Path, verb: tuple[str, ...], options: tuple[str, ...], variables: dict[str, str]) -> Ran:
    return proxyenv(*verb, *options, home=place / "home", **variables)


def name_places(place: Path, by: str) -> tuple[tuple[str, ...], dict[str, str]]:
    """The options and the variables that name places below ``corp``, which is not there."""
    where = place / "corp/px"
    if by == "--prefix":
        return (by, str(where)), {}
    if by == "PROXYENV_HOME":
        return (), {by: str(where)}
    return (), {f"XDG_{kind}_HOME": str(where / kind.lower()) for kind in KINDS}


@pytest.mark.parametrize("by", ["--prefix", "PROXYENV_HOME", "XDG_*_HOME"])
def test_what_setup_makes_on_the_way_goes_again(place: Path, by: str) -> None:
    options, variables = name_places(place, by)
    for verb in (SETUP, UNINSTALL):
        ran = run(place, verb, options, variables)
        assert ran.status == 0, ran.err
        assert (place / "corp/px").exists() == (verb == SETUP)
    assert sorted(each.name for each in place.iterdir()) == ["home"]
    assert (place / "home/.bashrc").read_text() == "alias x=y\n"


@pytest.mark.parametrize("left", ["corp.proxyenv-tmp", "corp/px.proxyenv-tmp"])
def test_what_a_killed_run_left_there_goes_too(place: Path, left: str) -> None:
    options, variables = name_places(place, "--prefix")
    for verb in (SETUP, UNINSTALL):
        (place / left).mkdir(parents=True)
        ran = run(place, verb, options, variables)
        assert ran.status == 0, ran.err
        assert not (place / left).exists()


def test_a_link_in_the_home_names_no_place(place: Path) -> None:
    """Root's empty directory stays, although a usual place would be in it and the receipt has it."""
    assert run(place, SETUP, (), {}).status == 0
    empty = place / "disk/empty"
    empty.mkdir(parents=True)
    give_away(empty.parent)
    (place / "home/.local/share").symlink_to(empty / "share")
    receipt = place / "home/.local/state/proxyenv/receipt.json"
    receipt.write_text(json.dumps(json.loads(receipt.read_text()) | {"directories": [str(empty)]}))
    ran = run(place, UNINSTALL, (), {})
    assert (ran.status, "error[foreign-receipt]" in ran.err, empty.exists()) == (3, True, True), ran.err
