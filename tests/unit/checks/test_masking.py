from __future__ import annotations

import pytest

from proxyenv.checks.child.masking import find_token, hide_secrets, hide_userinfo


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("http://ada:Zq7@p.test:1", "http://ada:****@p.test:1", id="a password"),
        pytest.param("http://Zq7:@p.test:1", "http://****:@p.test:1", id="a user without one"),
        pytest.param("http://Zq7@p.test:1", "http://****:@p.test:1", id="a user alone"),
        pytest.param("Zq7@p.test:1", "****:@p.test:1", id="no scheme"),
        pytest.param("http://ada:Zq7://b@c@p.test", "http://ada:****@p.test", id="a scheme in a password"),
        pytest.param("http://p.test:1", "http://p.test:1", id="no credentials"),
        pytest.param("localhost,.p.test", "localhost,.p.test", id="a list"),
    ],
)
def test_a_job_shows_no_credentials(value: str, shown: str) -> None:
    assert hide_userinfo(value) == shown


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
