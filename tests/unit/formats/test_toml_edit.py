from __future__ import annotations

import itertools
import sys
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.formats.profile import PROFILES, profile_settings
from proxyenv.formats.settings import edit_settings, restore_settings
from proxyenv.formats.toml_edit import normal_toml
from proxyenv.formats.toml_layout import parse_key, quote_toml, render_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

TEXTS = {
    "empty": "",
    "one blank line": "\n",
    "only a comment": "# only a comment",
    "blank lines at the end": "# a\n\n\n",
    "no final line end": 'active = "x"',
    "many lines in a value": 'active = "x" # me\n\n[profiles.work]\nA = """\nb\n[c]\n"""\nB = [\n"]"]\n',
    "an empty profiles": "[profiles]\n",
    "an empty profile": "[profiles.work]\n",
    "CRLF": "[profiles.work]\r\nA = 'b'\r\n\r\n[other]\r\nx = 1\r\n",
    "dotted keys": 'profiles.work.A = "dotted"\nlast = 1979-05-27T07:32:00Z\n',
    "inline tables": "profiles = {work = {A = 'inline'}, other = {}} # end\n",
    "inline in a table": "[profiles]\nwork = { A = 1, 'B.c' = [1, {x = 2}] }\nother.A = 2\n",
    "another table": "[other]\nx = 1",
    "arrays of tables": "\n\n[[list]]\nx = 1\n[[list]]\nx = 2\n[profiles.work.sub]\nA = 1\n",
    "blanks and quotes": "[ profiles . \"work\" ]\n  \"A\" = '''x'''''\n",
    "a comment in a table": "[profiles.work]\n# mine\n",
    "comments in CRLF": "# a\r\n\r\n \t# [b]\r\n[profiles.work]\r\n\t# c = 1\r\n\r\nA = '#' # d\r\n# e\r\n",
    "a comment of the next table": "[profiles.work]\nA = 1\n\n# of the next\n[x]\n",
}
KEYS = [
    "active",
    "profiles.work.A",
    "profiles.work.B",
    'profiles."a.b".A',
    "profiles.new.X",
    "profiles.other.A",
]
VALUES = ['"v"', "'v'", "1", "[1, 2]", '"""a\n b"""', "true"]


def meaning(text: str) -> dict[str, object]:
    return tomllib.loads(text)


def get(text: str, key: str) -> str | None:
    return PROFILES.get(text, key, source="it")


def is_empty(text: str, key: str) -> bool:
    """Whether the table of a key is there and has nothing in it."""
    level: Any = meaning(text)
    for name in parse_key(key)[:-1]:
        level = level.get(name)
        if level is None:
            return False
    return level == {} and "." in key


def set_key(text: str, key: str, value: str) -> str:
    return PROFILES.set(text, key, value, source="it")


def unset(text: str, key: str) -> str:
    return PROFILES.unset(text, key, source="it")


def law(function: Callable[[str, str, str], None]) -> Callable[[str], None]:
    """Hold a law for every key and value, in each text."""

    @pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
    def test(text: str) -> None:
        for key, value in itertools.product(KEYS, VALUES):
            function(text, key, value)

    return test


@law
def test_what_is_set_is_read_back_and_nothing_else_changes(text: str, key: str, value: str) -> None:
    written = set_key(text, key, value)
    assert get(written, key) == value
    for other in KEYS:
        if other != key:
            assert get(written, other) == get(text, other)
    assert set_key(written, key, value) == written


@law
def test_a_key_that_was_absent_goes_without_a_trace(text: str, key: str, value: str) -> None:
    """But for a table that was empty before too."""
    if get(text, key) is None and not is_empty(text, key):
        missing = "" if text.endswith("\n") or not text else "\n"
        assert unset(set_key(text, key, value), key) in {text, text + missing}


@law
def test_an_earlier_value_comes_back_to_the_byte(text: str, key: str, value: str) -> None:
    earlier = get(text, key)
    if earlier is not None:
        assert set_key(set_key(text, key, value), key, earlier) == text


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_a_table_comes_and_goes(text: str) -> None:
    written = set_key(text, "profiles.none", "{}")
    assert get(written, "profiles.none") == "{}"
    assert unset(written, "profiles.none") in {text, f"{text}\n"}
    filled = set_key(written, "profiles.none.A", "1")
    assert unset(filled, "profiles.none") == filled
    assert meaning(unset(filled, "profiles.none.A")).get("profiles", {}) == meaning(text).get("profiles", {})


@settings(deadline=None)
@given(
    st.sampled_from(list(TEXTS.values())),
    st.lists(st.tuples(st.sampled_from(KEYS), st.sampled_from(VALUES)), max_size=6),
)
def test_many_edits_mean_what_each_of_them_means(text: str, edits: list[tuple[str, str]]) -> None:
    wanted = {}
    for key, value in edits:
        text = set_key(text, key, value)
        wanted[key] = value
    assert {key: get(text, key) for key in wanted} == wanted


@settings(deadline=None)
@given(
    st.sampled_from(list(TEXTS.values())),
    st.lists(
        st.tuples(st.sampled_from([*KEYS, "profiles.work"]), st.sampled_from([*VALUES, None])), max_size=6
    ),
)
@example("profiles.work.A = 1\nx = 2\n", [("profiles.work.A", None), ("profiles.work", "{}")])
@example("[x]\n[profiles.work]\nA = 1\n[y]\n", [("profiles.work.A", None), ("profiles.work.B", "1")])
def test_many_edits_at_once_give_the_bytes_that_each_of_them_gives(
    text: str, edits: list[tuple[str, str | None]]
) -> None:
    editor, alone = PROFILES.edit(text, source="it"), text
    for key, value in edits:
        if key == "profiles.work":
            value = value and "{}"  # noqa: PLW2901 - a table has this one value
        if value is None:
            editor.unset(key)
            alone = unset(alone, key)
        else:
            editor.set(key, value)
            alone = set_key(alone, key, value)
        assert editor.get(key) == get(alone, key)
    assert editor.finish() == alone


def test_a_file_is_read_once_before_an_edit_of_many_keys_and_once_after() -> None:
    text = "[a]\n" + "".join(f"k{number} = {number}\n" for number in range(100))
    names = {f"PREFECT_{name}": name for name in "ABCDE"}
    assert count_readings(lambda: write_profile(text, names), len(text)) == 2
    written, keys = edit_settings(text, "profiles", profile_settings("b", names, activate=True), source="it")
    back = f"{written}# a comment\n"
    assert count_readings(lambda: restore_settings(back, "profiles", keys, source="it"), len(text)) == 2


def write_profile(text: str, values: dict[str, str]) -> None:
    edit_settings(text, "profiles", profile_settings("b", values, activate=True), source="it")


def count_readings(work: Callable[[], object], size: int) -> int:
    """How often tomllib reads a text of at least *size* characters."""
    found = 0

    def look(frame: FrameType, event: str, _: object) -> None:
        nonlocal found
        if event == "call" and frame.f_code is tomllib.loads.__code__:
            found += len(frame.f_locals["s"]) >= size

    sys.setprofile(look)
    try:
        work()
    finally:
        sys.setprofile(None)
    return found


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
def test_every_text_can_be_a_value(value: str) -> None:
    assert meaning(set_key("", "a.b", quote_toml(value))) == {"a": {"b": value}}


@settings(deadline=None)
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), min_size=1, max_size=3))
def test_a_key_is_taken_apart_as_it_was_put_together(path: list[str]) -> None:
    assert parse_key(render_key(*path)) == tuple(path)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param('"a"', "'a'", id="quotes"),
        pytest.param('"""\na"""', '"a"', id="lines"),
        pytest.param("[ 1,2 ]", "[1, 2]", id="blanks"),
    ],
)
def test_two_spellings_mean_the_same(one: str, other: str) -> None:
    assert normal_toml(one) == normal_toml(other)


def test_a_text_and_a_number_differ() -> None:
    assert normal_toml('"1"') != normal_toml("1")


def test_every_setting_is_listed_with_its_line() -> None:
    text = "a = 'x'\n[profiles.work]\nB = 1\nc = {d = \"e\"}\n[[list]]\nf = true\n"
    assert [each[:4] for each in PROFILES.items(text, source="it")] == [
        ("", "a", "x", 1),
        ("profiles.work", "B", "1", 3),
        ("profiles.work.c", "d", "e", 4),
        ("list", "f", "true", 6),
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("active = \n", "it is not valid TOML", id="a value is missing"),
        pytest.param("profiles = 3\n", "`profiles` is not a table", id="no table of profiles"),
        pytest.param("[profiles]\nwork = 3\n", "`profiles.work` is not a table", id="no profile"),
        pytest.param("a = '\udce9'\n", "it is not valid TOML", id="not UTF-8"),
    ],
)
def test_what_is_no_file_of_profiles_is_refused(text: str, reason: str) -> None:
    with pytest.raises(DiscoveryError, match=reason) as caught:
        set_key(text, "profiles.work.A", "1")
    assert caught.value.code == "profiles-invalid"


def test_a_table_is_not_overwritten() -> None:
    with pytest.raises(DiscoveryError, match=r"`profiles\.work` is a table"):
        set_key("[profiles.work]\n", "profiles.work", "1")


@pytest.mark.parametrize("value", ["", '"', '"\udce9"', "1\nb = 2", "[1", '"""'])
def test_what_is_no_value_is_refused(value: str) -> None:
    with pytest.raises(PlanError) as caught:
        set_key("", "a", value)
    assert caught.value.code == "value-unrepresentable"
