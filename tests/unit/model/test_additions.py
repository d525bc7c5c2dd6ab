"""What the plugin adds to a process: only what it has not."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.model.additions import choose_additions

WRITTEN: Final = {
    "https_proxy": "http://proxy:3128",
    "HTTPS_PROXY": "http://proxy:3128",
    "SSL_CERT_FILE": "/etc/proxyenv/ca-bundle.pem",
    "NODE_USE_ENV_PROXY": "1",
}


def choose(**environment: str) -> dict[str, str]:
    return choose_additions(WRITTEN, environment, lambda _path: True).variables


def test_an_empty_environment_gets_everything() -> None:
    assert choose(PATH="/bin") == WRITTEN


@pytest.mark.parametrize("name", ["HTTPS_PROXY", "https_proxy", "Https_Proxy"])
def test_a_proxy_that_is_set_in_any_case_stays_alone(name: str) -> None:
    chosen = choose(**{name: "http://other:1"})
    assert sorted(chosen) == ["NODE_USE_ENV_PROXY", "SSL_CERT_FILE"]


def test_a_variable_that_is_set_to_nothing_is_set() -> None:
    assert "SSL_CERT_FILE" not in choose(SSL_CERT_FILE="")


def test_a_variable_that_names_a_missing_file_is_left_out_and_named() -> None:
    added = choose_additions(WRITTEN, {}, lambda _path: False)
    assert sorted(added.variables) == ["HTTPS_PROXY", "NODE_USE_ENV_PROXY", "https_proxy"]
    assert added.missing == ("/etc/proxyenv/ca-bundle.pem",)


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        pytest.param("EVIL", "a\0b", "'EVIL'", id="a NUL in the value"),
        pytest.param("EV\0IL", "a", r"'EV\x00IL'", id="a NUL in the name"),
        pytest.param("", "x", "''", id="no name"),
    ],
)
def test_what_no_environment_can_hold_is_left_out_and_named(name: str, value: str, shown: str) -> None:
    added = choose_additions(WRITTEN | {name: value}, {}, lambda _path: True)
    assert added.variables == WRITTEN
    assert added.unusable == (shown,)


@given(
    st.dictionaries(st.text(min_size=1), st.text()),
    st.dictionaries(st.text(min_size=1), st.text()),
)
def test_nothing_that_is_set_is_ever_changed(written: dict[str, str], environment: dict[str, str]) -> None:
    chosen = choose_additions(written, environment, lambda _path: True).variables
    assert chosen.keys().isdisjoint(environment.keys())
    assert chosen.items() <= written.items()
