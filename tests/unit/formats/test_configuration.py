from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import DiscoveryError
from proxyenv.formats.configuration import parse_configuration, render_configuration
from proxyenv.model.configuration import SETUP_OPTIONS, Configuration

if TYPE_CHECKING:
    from proxyenv.model.option import Option

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
CONFIGURATIONS = st.builds(
    Configuration,
    http_proxy=st.none() | TEXT,
    https_proxy=st.none() | TEXT,
    no_proxy=st.none() | st.lists(TEXT, min_size=1, max_size=3).map(tuple),
    no_proxy_patterns=st.lists(TEXT, max_size=3).map(tuple),
    derive=st.booleans(),
    derived=st.lists(TEXT, max_size=3).map(tuple),
    ca=st.lists(TEXT, max_size=3).map(tuple),
    base=st.none() | st.sampled_from(["certifi", "system", "both"]),
    profile=st.none() | TEXT,
    activate=st.booleans(),
    api_url=st.none() | TEXT,
    shells=st.lists(TEXT, max_size=3).map(tuple),
    rc=st.booleans(),
    urls=st.lists(TEXT, max_size=3).map(tuple),
)


@given(CONFIGURATIONS)
def test_what_is_rendered_is_parsed_again(configuration: Configuration) -> None:
    assert parse_configuration(render_configuration(configuration), source="x") == configuration


def test_what_is_not_set_is_left_out() -> None:
    configuration = Configuration(
        http_proxy="http://a:1", no_proxy=("a", 'b"\\'), ca=(), base="both", rc=False, urls=("",)
    )
    assert render_configuration(configuration) == (
        "# The configuration of proxyenv, in the terms of the options of `proxyenv setup`.\n"
        "# `proxyenv refresh` sets the machine up from it again.\n"
        "version = 1\n"
        "\n"
        "[proxy]\n"
        'http = "http://a:1"\n'
        'no_proxy = ["a", "b\\"\\\\"]\n'
        "\n"
        "[trust]\n"
        'base = "both"\n'
        "\n"
        "[shell]\n"
        "rc = false\n"
        "\n"
        "[check]\n"
        'urls = [""]\n'
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("version = 1\n[proxy\n", "not valid TOML", id="no TOML"),
        pytest.param("version = " + "9" * 5000, "not valid TOML", id="a number that is too long"),
        pytest.param("version = " + "[" * 5000, "not valid TOML", id="lists without end"),
        pytest.param("[proxy]\n", "no `version = 1`", id="no version"),
        pytest.param("version = 1\nproxy = 3\n", "`proxy` in x is not a table", id="no table"),
        pytest.param("version = 1\n[proxy]\nhttpp = 'x'\n", "unknown key `proxy.httpp`", id="a typing error"),
        pytest.param(
            "version = 1\n[proxy]\nhttp = 3\n", "`proxy.http` in x has the wrong type", id="a number"
        ),
        pytest.param("version = 1\n[trust]\nca = 'x'\n", "`trust.ca` in x has the wrong type", id="no list"),
        pytest.param(
            "version = 1\n[trust]\nbase = 'mozilla'\n", "`trust.base` in x is `mozilla`", id="no such base"
        ),
        pytest.param(
            "version = 1\n[shell]\nrc = 'no'\n", "`shell.rc` in x has the wrong type", id="no boolean"
        ),
        pytest.param(
            "version = 1\n[check]\ntarget_pythons = ['3.13', 'abc']\n",
            "`check.target_pythons` in x has `abc`",
            id="no version of Python",
        ),
        pytest.param(
            "version = 1\n[check]\ntarget_pythons = ['none']\n",
            "`check.target_pythons` in x has `none`",
            id="a word that only the command line knows",
        ),
    ],
)
def test_a_broken_configuration_is_refused(text: str, message: str) -> None:
    with pytest.raises(DiscoveryError) as caught:
        parse_configuration(text, source="x")
    assert caught.value.code == "configuration-invalid"
    assert message in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    "option",
    [
        pytest.param(option, id=option.key)
        for option in SETUP_OPTIONS.values()
        if option.key and not (option.is_switch or option.choices or option.form)
    ],
)
def test_no_text_may_have_a_nul(option: Option) -> None:
    table, _, name = option.key.partition(".")
    value = '["a\\u0000b"]' if option.is_plural else '"a\\u0000b"'
    with pytest.raises(DiscoveryError) as caught:
        parse_configuration(f"version = 1\n[{table}]\n{name} = {value}\n", source="x")
    assert caught.value.message == f"`{option.key}` in x has a NUL character"
