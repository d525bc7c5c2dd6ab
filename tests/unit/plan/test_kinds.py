"""What every kind of file owes: undo of write is what was there, to the byte, whoever wrote since."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyenv.errors import PlanError
from proxyenv.formats.profile import profile_settings
from proxyenv.model.change import FileState, Leaf, pack_tree
from proxyenv.model.installation import Layout
from proxyenv.model.receipt import FileEntry, Hunk, KeyChange
from proxyenv.plan.kinds import KINDS
from proxyenv.plan.kinds.block import BLOCK
from proxyenv.plan.kinds.kind import Existing
from proxyenv.plan.kinds.owned import OWNED, TREE
from proxyenv.plan.kinds.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.plan.kinds.kind import Entries, Written

PATH: Final = Path("/home/ada/file")
LAYOUT: Final = Layout(*map(Path, ("/c", "/d", "/s")))
BODY: Final = "if [ -r /c/env.sh ]; then . /c/env.sh; fi\n"
PROFILES: Final = 'active = "work"\n\n[profiles.work]\nPREFECT_API_URL = "http://old/api" # mine\n'


def profile(name: str, **values: str) -> Settings:
    wanted = profile_settings(name, values, activate=True)
    return Settings("profiles", wanted, is_private=True, profile=name)


WRITERS: Final[dict[str, Callable[[Existing], Written]]] = {
    "block": lambda existing: BLOCK.write(existing, BODY, None),
    "block-crlf": lambda existing: BLOCK.write(existing, BODY, "\r\n"),
    "profile": lambda existing: SETTINGS.write(existing, profile("work", PREFECT_API_URL="http://new/api")),
    "another-profile": lambda existing: SETTINGS.write(existing, profile("a.b", PREFECT_X="1")),
    "wgetrc": lambda existing: SETTINGS.write(existing, Settings("wgetrc", (("ca_certificate", "/ca"),))),
    "json": lambda existing: SETTINGS.write(existing, Settings("json", (("proxies/default", '{"a": 1}'),))),
    "condarc": lambda existing: SETTINGS.write(existing, Settings("condarc", (("ssl_verify", "'/ca'"),))),
}
TEXTS: Final = {
    "block": ["", "a", "a\n", "a\r\nb", "\n\n"],
    "profile": ["", PROFILES, PROFILES.rstrip("\n"), PROFILES.replace("\n", "\r\n"), "# nothing"],
    "wgetrc": ["", "# mine\nquiet = on", "ca-certificate = /old # not a comment\r\n", "\n"],
    "json": ["", "{}", '{\n\t"proxies": {"default": {"b": 2}},\n\t"c": [1]\n}', '{"a":1}\n'],
    "condarc": ["", "channels:\n  - a\n", "ssl_verify: /old # why\n", "{}"],
}
CASES: Final = [
    (writer, text)
    for writer in WRITERS
    for text in TEXTS["block" if "block" in writer else "profile" if "profile" in writer else writer]
]


def state(text: str, mode: int = 0o640) -> FileState:
    return FileState(text.encode(), mode, (1, 2))


def undo(now: FileState | None, entries: Entries) -> FileState | None:
    assert now is not None
    return KINDS[entries[0].kind].undo(now, entries)


@settings(deadline=None)
@given(st.sampled_from(CASES))
def test_undo_gives_back_what_was_there(case: tuple[str, str]) -> None:
    writer, text = case
    before = state(text)
    change, entry = WRITERS[writer](Existing(PATH, before))
    assert undo(change.after, (entry,)) == before


@settings(deadline=None)
@given(st.sampled_from(sorted(WRITERS)))
def test_a_file_that_was_not_there_goes(writer: str) -> None:
    change, entry = WRITERS[writer](Existing(PATH, None))
    assert (entry.created, undo(change.after, (entry,))) == (True, None)
    again = WRITERS[writer](Existing(PATH, change.after, (entry,)))
    assert (again.entry.created, undo(again.change.after, (again.entry,))) == (True, None)


@settings(deadline=None)
@given(st.sampled_from(CASES), st.data())
def test_a_second_run_leads_back_before_the_first(case: tuple[str, str], data: st.DataObject) -> None:
    """Also when another writer of the same kind of file came second, and when the first was killed."""
    writer, text = case
    before = state(text)
    change, first = WRITERS[writer](Existing(PATH, before))
    kin = [name for name in WRITERS if name.partition("-")[0] == writer.partition("-")[0]]
    kin += ["profile", "another-profile"] if "profile" in writer else []
    second = WRITERS[data.draw(st.sampled_from(kin))](Existing(PATH, change.after, (first,)))
    assert undo(second.change.after, (second.entry,)) == before
    assert undo(second.change.after, (second.entry, first)) == before
    assert undo(change.after, (second.entry, first)) == before


@settings(deadline=None)
@given(st.sampled_from(CASES))
def test_a_second_run_of_the_same_changes_nothing(case: tuple[str, str]) -> None:
    writer, text = case
    change, first = WRITERS[writer](Existing(PATH, state(text)))
    again = WRITERS[writer](Existing(PATH, change.after, (first,)))
    assert (again.change.action, again.entry) == ("none", first)


@pytest.mark.parametrize(
    ("writer", "text", "later", "left"),
    [
        pytest.param("block", "a\n", "b\n", "a\nb\n", id="block"),
        pytest.param("wgetrc", "quiet = on\n", "tries = 3\n", "quiet = on\ntries = 3\n", id="wgetrc"),
        pytest.param("condarc", "a: 1\n", "b: 2\n", "a: 1\nb: 2\n", id="condarc"),
        pytest.param("profile", PROFILES, "# later\n", PROFILES + "# later\n", id="a profile of the user's"),
        pytest.param("profile", "", "# later\n", "# later\n", id="our profile"),
    ],
)
def test_what_somebody_wrote_since_stays(writer: str, text: str, later: str, left: str) -> None:
    change, entry = WRITERS[writer](Existing(PATH, state(text)))
    assert change.after is not None
    edited = change.after.with_text(change.after.text + later)
    assert KINDS[entry.kind].damage(entry, edited, LAYOUT) is None
    undone = undo(edited, (entry,))
    assert undone is not None
    assert undone.text == left


def test_a_file_of_ours_goes_only_as_it_was_written() -> None:
    change, entry = OWNED.write(Existing(PATH, None), b"ours", 0o644)
    assert undo(change.after, (entry,)) is None
    other = state("not ours")
    assert undo(other, (entry,)) is other
    assert OWNED.damage(entry, other, LAYOUT) == "it was changed after it was written"


def test_a_directory_of_ours_goes_only_as_it_was_written() -> None:
    leaves = (Leaf("a", 0o644, b"1"),)
    change, entry = TREE.write(Existing(PATH, None), pack_tree(leaves), 0o755)
    assert undo(change.after, (entry,)) is None
    more = FileState(pack_tree((*leaves, Leaf("b", 0o644, b"2"))), 0o755)
    assert undo(more, (entry,)) is more


def test_a_file_that_is_not_ours_is_not_overwritten() -> None:
    with pytest.raises(PlanError) as caught:
        OWNED.write(Existing(PATH, state("theirs")), b"ours", 0o644)
    assert caught.value.code == "foreign-file"


def test_a_block_of_another_installation_is_not_overwritten() -> None:
    other = BLOCK.write(Existing(PATH, state("a\n")), ". elsewhere\n", None)
    with pytest.raises(PlanError) as caught:
        BLOCK.write(Existing(PATH, other.change.after), BODY, None)
    assert caught.value.code == "other-installation"


@pytest.mark.parametrize(
    ("text", "damage"),
    [
        pytest.param("a\n", "the block is gone", id="gone"),
        pytest.param("# >>> proxyenv >>>\nx\n# <<< proxyenv <<<\n", "the block was changed", id="changed"),
        pytest.param(f"# >>> proxyenv >>>\n{BODY}# <<< proxyenv <<<\nmore\n", None, id="as written"),
    ],
)
def test_the_damage_of_a_block(text: str, damage: str | None) -> None:
    assert BLOCK.damage(FileEntry(PATH, "block", "0" * 64, created=False), state(text), LAYOUT) == damage


def test_the_damage_of_settings_names_the_keys() -> None:
    change, entry = WRITERS["profile"](Existing(PATH, state(PROFILES)))
    assert change.after is not None
    changed = change.after.with_text(change.after.text.replace("http://new/api", "http://other/api"))
    assert SETTINGS.damage(entry, changed, LAYOUT) == "changed since: `profiles.work.PREFECT_API_URL`"
    broken = SETTINGS.damage(entry, state("["), LAYOUT)
    assert broken is not None
    assert broken.startswith("`/home/ada/file` cannot be used: it is not valid TOML")


def test_the_diff_of_a_profile_shows_what_changes_and_no_password() -> None:
    text = PROFILES.replace("http://old", "http://u:hunter2@old") + 'PREFECT_API_KEY = "secret"\n'
    change, _ = WRITERS["profile"](Existing(PATH, state(text)))
    assert list(SETTINGS.describe(change, "~/file")) == [
        "modify ~/file: our settings only",
        '-profiles.work.PREFECT_API_URL = "http://****@old/api"',
        '+profiles.work.PREFECT_API_URL = "http://new/api"',
    ]


# Receipts of version 0.1.0 for profiles.toml: hunks of lines, keys of one profile, values as they are.

OLD_TEXT: Final = PROFILES
OLD_WRITTEN: Final = (
    'active = "new"\n\n[profiles.work]\nPREFECT_API_URL = "http://old/api" # mine\n\n'
    '[profiles.new]\nPREFECT_API_URL = "http://new/api"\n'
)
OLD_ENTRY: Final = FileEntry(
    PATH,
    "keys",
    hashlib.sha256(OLD_WRITTEN.encode()).hexdigest(),
    created=False,
    profile="new",
    keys=(
        KeyChange("PREFECT_API_URL", None, "http://new/api"),
        KeyChange("active", '"work"', "new"),
    ),
    hunks=(Hunk(0, 1, ('active = "work"\n',)), Hunk(4, 3, ())),
)


def test_an_old_receipt_leads_back_to_the_byte() -> None:
    assert undo(state(OLD_WRITTEN), (OLD_ENTRY,)) == state(OLD_TEXT)


def test_an_old_receipt_leads_back_by_keys_where_somebody_wrote_since() -> None:
    edited = state(f"# later\n{OLD_WRITTEN}[profiles.x]\nA = 1\n")
    undone = undo(edited, (OLD_ENTRY,))
    assert undone is not None
    assert undone.text == f"# later\n{OLD_TEXT}[profiles.x]\nA = 1\n"


def test_an_old_receipt_tells_what_was_lost() -> None:
    changed = state(OLD_WRITTEN.replace("http://new/api", "http://other/api"))
    assert SETTINGS.damage(OLD_ENTRY, changed, LAYOUT) == "changed since: `profiles.new.PREFECT_API_URL`"
    assert SETTINGS.damage(OLD_ENTRY, state(f"{OLD_WRITTEN}# later\n"), LAYOUT) is None


def test_a_run_after_an_old_receipt_leads_back_before_the_first() -> None:
    change, entry = SETTINGS.write(
        Existing(PATH, state(OLD_WRITTEN), (OLD_ENTRY,)), profile("new", PREFECT_API_URL="http://newer/api")
    )
    assert change.after is not None
    assert tomllib.loads(change.after.text)["profiles"]["new"] == {"PREFECT_API_URL": "http://newer/api"}
    assert undo(change.after, (entry,)) == state(OLD_TEXT)
    assert undo(state(OLD_WRITTEN), (entry, OLD_ENTRY)) == state(OLD_TEXT)
