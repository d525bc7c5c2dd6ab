from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.formats.profile import profile_settings
from proxyenv.formats.settings import edit_settings, find_splice, restore_settings, splice

if TYPE_CHECKING:
    from proxyenv.model.receipt import KeyChange

COMMENTED = """\
# my profiles
active = "work"   # the one

[profiles.work]
PREFECT_API_URL = "https://api.example/api"  # keep this
unknown = {a = 1}

[profiles.other]
X = 'y'
# the end"""

SETTINGS = {"PREFECT_API_SSL_CERT_FILE": "/ca.pem", "PREFECT_API_URL": "http://lan:4200/api"}

TEXTS = st.sampled_from(
    [
        COMMENTED,
        COMMENTED + "\n",
        COMMENTED.replace("\n", "\r\n"),
        "",
        "\n",
        'active = "x"',
        "[profiles]\n",
        "[profiles.proxyenv]\n",
        'profiles.work.PREFECT_API_URL = "dotted"\n',
        'profiles = {work = {PREFECT_API_URL = "inline"}}\n',
        "[other]\nx = 1\n",
        "# only a comment",
    ]
)


def edit_all(
    text: str, name: str = "proxyenv", *, settings: dict[str, str] | None = None, activate: bool = True
) -> tuple[str, tuple[KeyChange, ...]]:
    values = profile_settings(name, SETTINGS if settings is None else settings, activate=activate)
    return edit_settings(text, "profiles", values, source="profiles.toml")


def edit(text: str, name: str = "proxyenv", *, activate: bool = True) -> str:
    return edit_all(text, name, activate=activate)[0]


def restore(text: str, keys: tuple[KeyChange, ...]) -> str:
    return restore_settings(text, "profiles", keys, source="profiles.toml")


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["proxyenv", "work", "a.b"]), st.booleans())
def test_an_edit_is_read_back_and_can_be_reverted_to_the_byte(text: str, name: str, activate: bool) -> None:
    written = edit(text, name, activate=activate)
    document = tomllib.loads(written)
    assert {key: document["profiles"][name][key] for key in SETTINGS} == SETTINGS
    assert document.get("active") == (name if activate else tomllib.loads(text).get("active"))
    assert splice(written, find_splice(written, text)) == text


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["proxyenv", "work"]))
def test_a_second_edit_changes_nothing(text: str, name: str) -> None:
    written = edit(text, name)
    assert edit_all(written, name) == (written, ())


@settings(deadline=None)
@given(TEXTS, st.sampled_from(["proxyenv", "work"]))
def test_restoring_the_keys_gives_the_earlier_meaning(text: str, name: str) -> None:
    written, keys = edit_all(text, name)
    restored = tomllib.loads(restore(written + "# somebody wrote this\n", keys))
    before = tomllib.loads(text)
    for document in (restored, before):
        document["profiles"] = {key: value for key, value in document.get("profiles", {}).items() if value}
    assert restored == before


def test_a_profile_without_settings_is_made_and_goes_again() -> None:
    written, keys = edit_all(COMMENTED + "\n", settings={})
    assert tomllib.loads(written)["profiles"]["proxyenv"] == {}
    assert restore(f"# mine\n{written}", keys) == f"# mine\n{COMMENTED}\n"


def test_everything_else_survives_to_the_byte() -> None:
    assert edit(COMMENTED, "work") == COMMENTED.replace(
        '"https://api.example/api"  # keep this\nunknown = {a = 1}\n',
        '"http://lan:4200/api"  # keep this\nunknown = {a = 1}\nPREFECT_API_SSL_CERT_FILE = "/ca.pem"\n',
    )


def test_what_somebody_wrote_after_us_is_not_taken_back() -> None:
    written, keys = edit_all(COMMENTED, "work")
    changed = written.replace("http://lan:4200/api", "http://newer/api")
    restored = tomllib.loads(restore(changed, keys))
    assert restored["profiles"]["work"] == {"PREFECT_API_URL": "http://newer/api", "unknown": {"a": 1}}


@pytest.mark.parametrize("value", ['"', "\\", "'''", "a\nb", "\u20ac", "\x7f", "#", "${HOME}"])
def test_every_value_is_read_back_as_it_was_meant(value: str) -> None:
    written, _ = edit_all("", "p", settings={"PREFECT_X": value}, activate=False)
    assert tomllib.loads(written)["profiles"]["p"]["PREFECT_X"] == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("active = \n", id="a value is missing"),
        pytest.param("active = " + "9" * 5000, id="a number that is too long"),
        pytest.param("active = " + "[" * 5000, id="lists without end"),
        pytest.param("profiles = 3\n", id="profiles is no table"),
        pytest.param("[profiles]\nwork = 3\n", id="the profile is no table"),
    ],
)
def test_a_broken_file_is_refused(text: str) -> None:
    with pytest.raises((DiscoveryError, PlanError)) as caught:
        edit(text, "work")
    assert caught.value.code == "profiles-invalid"
