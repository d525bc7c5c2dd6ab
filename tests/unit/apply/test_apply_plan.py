"""What a plan that can be carried out does."""

from __future__ import annotations

import dataclasses
import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyenv.apply.transaction import apply_plan
from proxyenv.errors import ApplyError, DiscoveryError
from support.homes import single, spread, updated
from support.plans import Installation, removal_plan, setup_plan
from support.tree import snapshot, times


def test_setup_writes_every_file_with_its_mode_and_keeps_those_of_the_user(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    tree = snapshot(home)
    assert tree[".local/share/proxyenv/ca-bundle.pem"] == (0o644, b"roots and corp\n" * 50)
    assert tree[".config/proxyenv/env.sh"] == (0o600, b"export HTTPS_PROXY=http://u:secret@proxy:3128\n")
    assert tree[".prefect/profiles.toml"] == (0o600, b'active = "work"\n')
    assert tree[".bashrc"] == (
        0o640,
        b"alias ll='ls -l'# >>> proxyenv >>>\n. env.sh\n# <<< proxyenv <<<\n",
    )
    assert tree["rc"][1] == ".bashrc"
    assert not [name for name in tree if name.endswith("proxyenv-tmp")]


def test_the_receipt_is_private_done_and_names_what_was_created(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    mode, text = snapshot(home)[".local/state/proxyenv/receipt.json"]
    assert isinstance(text, bytes)
    receipt = json.loads(text)
    assert mode == 0o600
    assert receipt["state"] == "done"
    assert receipt["previous"] is None
    assert sorted(Path(path).relative_to(home).as_posix() for path in receipt["directories"]) == [
        ".config/proxyenv",
        ".local",
        ".local/share",
        ".local/share/proxyenv",
        ".local/state",
        ".local/state/proxyenv",
        ".prefect",
    ]


def test_a_directory_that_somebody_else_created_since_the_plan_is_not_ours(home: Path) -> None:
    plan = setup_plan(spread(home))
    (home / ".prefect").mkdir(0o711)
    before = snapshot(home)
    apply_plan(plan)
    assert str(home / ".prefect") not in json.loads(plan.receipt_path.read_text())["directories"]
    apply_plan(removal_plan(spread(home)))
    assert snapshot(home) == before


@pytest.mark.parametrize("installation", [spread, single])
def test_setup_and_removal_leave_the_tree_as_it_was(installation: type, home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(installation(home)))
    assert snapshot(home) != before
    apply_plan(removal_plan(installation(home)))
    assert snapshot(home) == before


def test_an_update_is_undone_to_what_was_before_the_first_setup(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    apply_plan(setup_plan(updated(home)))
    assert ".config/proxyenv/env.sh" not in snapshot(home)
    apply_plan(removal_plan(updated(home)))
    assert snapshot(home) == before


@pytest.mark.parametrize("installation", [spread, single])
def test_a_second_setup_touches_nothing(installation: type, home: Path) -> None:
    apply_plan(setup_plan(installation(home)))
    before = times(home), snapshot(home)
    apply_plan(setup_plan(installation(home)))
    assert (times(home), snapshot(home)) == before


def test_a_second_removal_touches_nothing(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    apply_plan(removal_plan(spread(home)))
    before = times(home)
    apply_plan(removal_plan(spread(home)))
    assert times(home) == before


def test_a_receipt_that_others_may_read_is_made_private_again(home: Path) -> None:
    plan = setup_plan(spread(home))
    apply_plan(plan)
    plan.receipt_path.chmod(0o644)
    apply_plan(setup_plan(spread(home)))
    assert snapshot(home)[".local/state/proxyenv/receipt.json"][0] == 0o600


def test_removal_leaves_a_directory_that_holds_somebody_elses_file(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    (home / ".local/share/keep").touch()
    (home / ".local/state/proxyenv/notes").touch()
    apply_plan(removal_plan(spread(home)))
    tree = snapshot(home)
    assert [name for name in tree if name.startswith((".local", ".prefect", ".config/proxyenv"))] == [
        ".local",
        ".local/share",
        ".local/share/keep",
        ".local/state",
        ".local/state/proxyenv",
        ".local/state/proxyenv/notes",
    ]


def test_removal_takes_only_the_bare_part_of_the_way_to_the_receipt(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    (home / ".local/bin").mkdir()
    apply_plan(removal_plan(spread(home)))
    assert [name for name in snapshot(home) if name.startswith(".local")] == [".local", ".local/bin"]


def test_removal_accepts_a_file_that_is_already_as_it_shall_be(home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    plan = removal_plan(spread(home))
    (home / ".prefect/profiles.toml").unlink()
    (home / ".bashrc").write_bytes(b"alias ll='ls -l'")
    apply_plan(plan)
    assert snapshot(home) == before


@pytest.mark.parametrize("undo", [False, True], ids=["setup", "removal"])
@pytest.mark.parametrize(
    "meddle",
    [
        pytest.param(lambda path: path.write_bytes(b"other"), id="content"),
        pytest.param(lambda path: path.chmod(0o644), id="mode"),
        pytest.param(lambda path: path.unlink(), id="gone"),
    ],
)
def test_a_file_that_changed_since_the_plan_is_left_alone(meddle: type, undo: bool, home: Path) -> None:
    if undo:
        apply_plan(setup_plan(spread(home)))
    plan = removal_plan(spread(home)) if undo else setup_plan(spread(home))
    meddle(home / ".bashrc")
    before = snapshot(home)
    with pytest.raises(ApplyError) as caught:
        apply_plan(plan)
    assert caught.value.code == "changed-meanwhile"
    assert str(home / ".bashrc") in caught.value.message
    assert caught.value.hint == "run the command again: it plans from what is there now"
    assert snapshot(home) == before


def test_a_file_that_appeared_since_the_plan_is_left_alone(home: Path) -> None:
    plan = setup_plan(spread(home))
    (home / ".prefect").mkdir()
    (home / ".prefect/profiles.toml").write_bytes(b"mine\n")
    before = snapshot(home)
    with pytest.raises(ApplyError, match=r"profiles\.toml` changed after the plan was made"):
        apply_plan(plan)
    assert snapshot(home) == before


@pytest.mark.parametrize("undo", [False, True], ids=["setup", "removal"])
def test_a_plan_from_before_another_run_does_not_lose_what_that_one_created(undo: bool, home: Path) -> None:
    before = snapshot(home)
    apply_plan(setup_plan(spread(home)))
    stale = removal_plan(spread(home)) if undo else setup_plan(single(home))
    more = Installation(spread(home).receipt_path, {**spread(home).owned, home / "new/file": (b"", 0o644)})
    apply_plan(setup_plan(dataclasses.replace(more, blocks=spread(home).blocks)))
    stale = stale._replace(receipt_path=more.receipt_path)
    with pytest.raises(ApplyError, match=r"receipt\.json` changed after the plan was made") as caught:
        apply_plan(stale)
    assert caught.value.code == "changed-meanwhile"
    apply_plan(removal_plan(spread(home), more))
    assert snapshot(home) == before


def test_a_damaged_receipt_stops_everything(home: Path) -> None:
    apply_plan(setup_plan(spread(home)))
    plan = setup_plan(updated(home))
    plan.receipt_path.write_bytes(b'{"receipt": 1')
    before = snapshot(home)
    with pytest.raises(DiscoveryError) as caught:
        apply_plan(plan)
    assert caught.value.code == "receipt-invalid"
    assert snapshot(home) == before


def test_a_foreign_file_in_a_leftover_goes_to_its_place_and_not_away(home: Path) -> None:
    leftover = home / ".local.proxyenv-tmp"
    (leftover / "state/proxyenv").mkdir(parents=True)
    (leftover / "state/proxyenv/receipt.json").write_bytes(b"{}")
    (leftover / "bin").mkdir()
    (leftover / "bin/tool").write_bytes(b"mine\n")
    apply_plan(removal_plan(spread(home)))
    tree = {name: node for name, node in snapshot(home).items() if name.startswith(".local")}
    assert sorted(tree) == [".local", ".local/bin", ".local/bin/tool"]
    assert tree[".local/bin/tool"][1] == b"mine\n"


NAMES = st.sampled_from(["a", "b", "d/a", "d/e/a", "d/e/b", "f/a"])
CONTENTS = st.tuples(st.binary(max_size=40), st.sampled_from([0o600, 0o644, 0o755, 0o440]))


@settings(deadline=None, max_examples=60)
@given(
    there=st.dictionaries(NAMES, CONTENTS, max_size=3),
    owned=st.dictionaries(NAMES, CONTENTS, max_size=4),
    later=st.dictionaries(NAMES, CONTENTS, max_size=4),
    receipt=st.sampled_from(["receipt", "d/receipt", "s/t/receipt"]),
)
def test_any_setup_any_update_and_a_removal_restore_any_tree(
    there: dict[str, tuple[bytes, int]],
    owned: dict[str, tuple[bytes, int]],
    later: dict[str, tuple[bytes, int]],
    receipt: str,
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory).resolve()
        for name, (content, mode) in there.items():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(content)
            (home / name).chmod(mode)
        before = snapshot(home)

        def installation(files: dict[str, tuple[bytes, int]]) -> Installation:
            return Installation(
                home / receipt,
                owned={home / name: node for name, node in files.items() if name not in there},
                blocks={home / name: node[0].hex().encode() for name, node in files.items() if name in there},
            )

        first, second = installation(owned), installation(later)
        apply_plan(setup_plan(first))
        apply_plan(setup_plan(second))
        apply_plan(removal_plan(first, second))
        assert snapshot(home) == before
