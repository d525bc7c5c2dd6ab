"""A fleet's policy: what it may say, and the digest that it must have."""

from __future__ import annotations

import hashlib

import pytest

from proxyenv.decide.policy import parse_digest, parse_policy, require_url
from proxyenv.errors import DiscoveryError, TrustError, UsageError

SOURCE = "https://fleet.corp.example/policy.toml"
GOOD = b'version = 1\n[proxy]\nhttps = "http://proxy.corp.example:3128"\n'


def test_it_is_a_configuration() -> None:
    policy = parse_policy(GOOD, source=SOURCE, digest=hashlib.sha256(GOOD).hexdigest())
    assert policy.configuration.https_proxy == "http://proxy.corp.example:3128"
    assert (policy.pinned, policy.is_sensitive) == (True, False)


def test_one_with_a_password_is_sensitive_and_its_text_is_not_shown() -> None:
    policy = parse_policy(GOOD.replace(b"proxy.corp", b"ada:geheim@proxy.corp"), source=SOURCE, digest=None)
    assert (policy.pinned, policy.is_sensitive) == (False, True)
    assert "geheim" not in repr(policy)


def test_another_digest_is_refused_and_both_are_shown() -> None:
    wanted = "ab" * 32
    with pytest.raises(TrustError) as caught:
        parse_policy(GOOD, source=SOURCE, digest=wanted)
    assert caught.value.code == "policy-mismatch"
    assert hashlib.sha256(GOOD).hexdigest() in caught.value.message
    assert wanted in caught.value.message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param("[proxy", "is not valid TOML", id="no TOML"),
        pytest.param("[proxy]\n", "has no `version = 1`", id="no version"),
        pytest.param("version = 1\n[proxy]\nhtps = 'p:1'\n", "unknown key `proxy.htps`", id="misspelt key"),
        pytest.param("version = 1\n[trust]\nca = 'a'\n", "has the wrong type", id="wrong type"),
        pytest.param(
            "version = 1\n[policy]\nsource = 'x'\n", "`policy.source` is written by `setup`", id="a policy"
        ),
        pytest.param("version = 1\n[trust]\nca = ['ca.pem']\n", "another file in every", id="relative CA"),
        pytest.param("version = 1\n[trust]\nca = ['-']\n", "another file in every", id="standard input"),
        pytest.param("version = 1\n[trust]\nvenvs = ['.venv']\n", "no absolute path", id="relative venv"),
        pytest.param(
            "version = 1\n[trust]\nca = ['https://pki.corp.example/ca.pem']\n",
            "no `trust.fingerprints`",
            id="a CA from a URL without its fingerprint",
        ),
    ],
)
def test_what_it_must_not_say_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(DiscoveryError, match=message) as caught:
        parse_policy(text.encode(), source=SOURCE, digest=None)
    assert caught.value.code == "policy-invalid"
    assert SOURCE in caught.value.message
    assert "`proxyenv setup`" not in (caught.value.hint or "")


@pytest.mark.parametrize(
    "value",
    [
        pytest.param("/etc/ssl/corp.pem", id="absolute"),
        pytest.param("C:\\\\corp.pem", id="absolute on Windows"),
        pytest.param("~/corp.pem", id="below the home"),
        pytest.param("system", id="the system's store"),
        pytest.param("-----BEGIN CERTIFICATE-----", id="the certificate itself"),
    ],
)
def test_a_ca_that_is_the_same_everywhere_is_accepted(value: str) -> None:
    text = f'version = 1\n[trust]\nca = ["{value}"]\n'
    assert parse_policy(text.encode(), source=SOURCE, digest=None).configuration.ca == (
        value.replace("\\\\", "\\"),
    )


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(DiscoveryError, match="is not UTF-8"):
        parse_policy(b"\xff", source=SOURCE, digest=None)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("ab" * 32, id="as sha256sum prints it"),
        pytest.param("AB" * 32, id="as PowerShell prints it"),
        pytest.param("sha256:" + "ab" * 32, id="with its name"),
        pytest.param(":".join(["AB"] * 32), id="with colons"),
    ],
)
def test_a_digest_is_read_as_people_paste_it(text: str) -> None:
    assert parse_digest(text) == "ab" * 32


@pytest.mark.parametrize("text", ["", "ab", "ab" * 20, "xy" * 32])
def test_what_is_no_sha_256_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no SHA-256"):
        parse_digest(text)


def test_a_url_without_a_digest_is_refused() -> None:
    with pytest.raises(UsageError) as caught:
        require_url(SOURCE, pinned=False)
    assert caught.value.code == "policy-unpinned"


def test_a_url_with_a_password_is_refused_and_not_shown() -> None:
    with pytest.raises(UsageError, match="holds a password") as caught:
        require_url("https://ada:geheim@fleet.corp.example/p", pinned=True)
    assert "geheim" not in caught.value.message
