from __future__ import annotations

import pytest

from proxyenv.checks.child.masking import (
    find_in_url,
    find_own_secrets,
    find_secrets,
    find_token,
    hide_own,
    hide_secrets,
    hide_userinfo,
)
from proxyenv.checks.child.record import describe


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("http://ada:Zq7@p.test:1", "http://ada:****@p.test:1", id="a password"),
        pytest.param("http://Zq7:@p.test:1", "http://****:@p.test:1", id="a user without one"),
        pytest.param("http://Zq7@p.test:1", "http://****:@p.test:1", id="a user alone"),
        pytest.param("Zq7@p.test:1", "****:@p.test:1", id="no scheme"),
        pytest.param("http://ada:Zq7://b@c@p.test", "http://ada:****@p.test", id="a scheme in a password"),
        pytest.param("http://p.test:1", "http://p.test:1", id="no credentials"),
        pytest.param("http://ada:SECxyz", "http://ada:****", id="cut"),
        pytest.param("http://ada:SECxyz%40p.test:1", "http://ada:****", id="an encoded at sign"),
        pytest.param("http://ada:SECxyz\uff20p.test", "http://ada:****", id="a full-width at sign"),
        pytest.param("https:ada:SECxyz", "https:ada:****", id="no slashes"),
        pytest.param("localhost,http://ada:SEC,xyz", "localhost,http://ada:****", id="in a list"),
        pytest.param(
            "https://p.test:3128/x,[::1]:80", "https://p.test:3128/x,[::1]:80", id="a port and a path"
        ),
        pytest.param("fd00::/8,localhost:80,C:\\ca.pem", "fd00::/8,localhost:80,C:\\ca.pem", id="no URL"),
        pytest.param("localhost,.p.test", "localhost,.p.test", id="a list"),
    ],
)
def test_a_job_shows_no_credentials(value: str, shown: str) -> None:
    assert hide_userinfo(value) == shown


@pytest.mark.parametrize(
    "value", ["http://ada:SECxyz", "http://ada:SECxyz%40p.test", "http://ada:SECxyz\uff20p.test"]
)
def test_a_password_of_a_cut_url_is_hidden_in_errors_too(value: str) -> None:
    record = {"error": "Invalid port: 'SECxyz'", "value": value}
    hidden = hide_secrets(record, find_in_url(value))
    assert hidden["error"] == "Invalid port: '****'"
    assert "SEC" not in hidden["value"]


@pytest.mark.parametrize(
    ("value", "token"),
    [("http://a%2Fb:@p.test", "a/b"), ("a@p.test", "a"), ("http://a:b@p.test", ""), ("http://p.test", "")],
)
def test_a_user_without_a_password_is_a_token(value: str, token: str) -> None:
    assert find_token(value) == token


def test_a_token_is_hidden_wherever_it_stands() -> None:
    record = {"said": "407 for Zq7vXj3", "url": ["http://Zq7vXj3:@p.test"]}
    assert hide_secrets(record, ["Zq7vXj3"]) == {"said": "407 for ****", "url": ["http://****:@p.test"]}
    assert hide_secrets({"url": "http://Z:@p.test"}, ["Z"]) == {"url": "http://****:@p.test"}


@pytest.mark.parametrize(
    ("name", "value", "said", "shown"),
    [
        pytest.param("PREFECT_API_KEY", "pnu_s3c", "Bearer pnu_s3c", "Bearer ****", id="a key"),
        pytest.param(
            "PREFECT_API_AUTH_STRING", "ada:s3cret", "Basic YWRhOnMzY3JldA==", "Basic ****", id="as Basic"
        ),
        pytest.param("PREFECT_API_AUTH_STRING", "ada:s3cret", "no s3cret", "no ****", id="behind the colon"),
        pytest.param(
            "PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Token": "s3cret"}', "got s3cret", "got ****", id="a header"
        ),
        pytest.param(
            "PREFECT_CLIENT_CUSTOM_HEADERS",
            '{"Authorization": "Bearer s3cret"}',
            "the token s3cret",
            "the token ****",
            id="behind the scheme of a header",
        ),
        pytest.param(
            "PREFECT_CLIENT_CUSTOM_HEADERS", "X-Token=s3cret", "X-Token=s3cret", "****", id="no JSON"
        ),
        pytest.param("ANY", "http://ada:s3%2Fcret@h:1", "s3/cret", "****", id="a password as it is meant"),
        pytest.param("ANY", "http://ada:s3%2Fcret@h:1", "s3%2fcret", "****", id="in lower case"),
        pytest.param("ANY", "http://ada:s3cret@h:1", "YWRhOnMzY3JldA==", "****", id="a password as Basic"),
        pytest.param("ANY", "https://h/x?a=1&sig=s3%2Bcret", "sig s3+cret", "sig ****", id="a query value"),
        pytest.param("ANY", "https://h/x?s3cret77#top", "s3cret77", "****", id="a query without a name"),
        pytest.param("ANY", "https://h/x?format=json", "application/json", "application/json", id="a word"),
        pytest.param(
            "PREFECT_API_KEY", "s3\"c'ret", """{"detail": "s3\\"c'ret"}""", '{"detail": "****"}', id="in JSON"
        ),
        pytest.param("PREFECT_API_KEY", "s3\\cret", r"'s3\\\\cret'", "'****'", id="in JSON within JSON"),
        pytest.param(
            "ANY", "http://ada:pw@h:1", "pw of http://ada:pw@h", "pw of http://ada:****@h", id="short"
        ),
        pytest.param(
            "ANY", "http://ada:s3cr%C3%BCet@h:1", "407 s3cret", "407 ****", id="as httpx reads ASCII"
        ),
        pytest.param("ANY", "nothing", "nothing to hide :@", "nothing to hide :@", id="no secret"),
    ],
)
def test_a_secret_of_a_variable_is_hidden_however_it_is_spelt(
    name: str, value: str, said: str, shown: str
) -> None:
    assert hide_secrets(said, find_secrets({name: value})) == shown


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        pytest.param(
            "port\n  no integer [type=int_parsing, input_value='s3cret', input_type=str]\n  See x",
            "port\n  no integer [type=int_parsing, input_type=str]\n  See x",
            id="a value",
        ),
        pytest.param(
            "[type=t, input_value='s3cret, input_type=x, s3cret', input_type=str]",
            "[type=t, input_type=str]",
            id="a value that looks like the end",
        ),
        pytest.param("[type=t, input_value={'key': 's3cr", "[type=t, ", id="cut off"),
    ],
)
def test_what_pydantic_refuses_is_not_quoted(said: str, shown: str) -> None:
    assert hide_secrets({"said": [said]}, ()) == {"said": [shown]}


def test_a_child_hides_its_own_secrets_also_those_of_prefects_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import prefect.settings as prefect

    monkeypatch.setenv("ANY", "http://ada:s3cret@h:1")
    assert hide_own({"said": "s3cret"}) == {"said": "****"}
    with prefect.temporary_settings({prefect.PREFECT_API_KEY: "pnu_of_a_profile"}):
        assert "pnu_of_a_profile" in find_own_secrets()
        (link,) = describe(ValueError("the server got pnu_of_a_profile"))
    assert link == {"type": "builtins.ValueError", "text": "the server got ****"}


def test_a_job_hides_the_tokens_of_what_it_was_asked_to_fetch() -> None:
    from proxyenv.checks.child.job import hide_all

    url = "https://h.test/x?token=s3cret77&n=1"
    record = {
        "documents": [{"url": url, "form": ""}],
        "git": {"https://git.test/x": {"said": "no s3cret77"}},
        "trouble": ["fetch s3cret77"],
        "variables": {"HTTPS_PROXY": "http://ada:other@p:1"},
        "proxies": {"https": "http://ada:other@p:1"},
    }
    assert hide_all(record) == {
        "documents": [{"url": "https://h.test/x?token=****&n=1", "form": ""}],
        "git": {"https://git.test/x": {"said": "no ****"}},
        "trouble": ["fetch ****"],
        "variables": {"HTTPS_PROXY": "http://ada:****@p:1"},
        "proxies": {"https": "http://ada:****@p:1"},
    }
