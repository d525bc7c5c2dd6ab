from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.formats.profile import edit_profile, find_hunks, restore_keys, revert

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


def edit(text: str, name: str = "proxyenv", *, activate: bool = True) -> str:
    return edit_profile(text, name=name, settings=SETTINGS, activate=activate)[0]


@given(TEXTS, st.sampled_from(["proxyenv", "work", "a.b"]), st.booleans())
def test_an_edit_is_read_back_and_can_be_reverted_to_the_byte(text: str, name: str, activate: bool) -> None:
    written = edit(text, name, activate=activate)
    profile = tomllib.loads(written)["profiles"][name]
    assert {key: profile[key] for key in SETTINGS} == SETTINGS
    assert revert(written, find_hunks(written, text)) == text


@given(TEXTS, st.sampled_from(["proxyenv", "work"]))
def test_a_second_edit_changes_nothing(text: str, name: str) -> None:
    written = edit(text, name)
    assert edit_profile(written, name=name, settings=SETTINGS, activate=True) == (written, ())


@given(TEXTS, st.sampled_from(["proxyenv", "work"]))
def test_restoring_the_keys_gives_the_earlier_meaning(text: str, name: str) -> None:
    written, keys = edit_profile(text, name=name, settings=SETTINGS, activate=True)
    restored = tomllib.loads(restore_keys(written + "# somebody wrote this\n", name=name, keys=keys))
    before = tomllib.loads(text)
    for document in (restored, before):
        document["profiles"] = {key: value for key, value in document.get("profiles", {}).items() if value}
    assert restored == before


@given(st.text(max_size=60), st.text(max_size=60))
def test_hunks_are_an_exact_inverse(written: str, earlier: str) -> None:
    assert revert(written, find_hunks(written, earlier)) == earlier


def test_everything_else_survives_to_the_byte() -> None:
    assert edit(COMMENTED, "work") == COMMENTED.replace(
        '"https://api.example/api"  # keep this\nunknown = {a = 1}\n',
        '"http://lan:4200/api"  # keep this\nunknown = {a = 1}\nPREFECT_API_SSL_CERT_FILE = "/ca.pem"\n',
    )


def test_what_somebody_wrote_after_us_is_not_taken_back() -> None:
    written, keys = edit_profile(COMMENTED, name="work", settings=SETTINGS, activate=True)
    changed = written.replace("http://lan:4200/api", "http://newer/api")
    restored = tomllib.loads(restore_keys(changed, name="work", keys=keys))
    assert restored["profiles"]["work"] == {"PREFECT_API_URL": "http://newer/api", "unknown": {"a": 1}}


@pytest.mark.parametrize("value", ['"', "\\", "'''", "a\nb", "\u20ac", "\x7f", "#", "${HOME}"])
def test_every_value_is_read_back_as_it_was_meant(value: str) -> None:
    written, _ = edit_profile("", name="p", settings={"PREFECT_X": value}, activate=False)
    assert tomllib.loads(written)["profiles"]["p"]["PREFECT_X"] == value


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("active = \n", id="a value is missing"),
        pytest.param("profiles = 3\n", id="profiles is no table"),
        pytest.param("[profiles]\nwork = 3\n", id="the profile is no table"),
    ],
)
def test_a_broken_file_is_refused(text: str) -> None:
    with pytest.raises((DiscoveryError, PlanError)) as caught:
        edit(text, "work")
    assert caught.value.code == "profiles-invalid"
