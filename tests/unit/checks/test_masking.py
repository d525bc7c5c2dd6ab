from __future__ import annotations

from base64 import b64encode
from typing import Final

import pytest

from proxyenv.checks.child.masking import find_own_secrets, find_secrets, hide_own, hide_secrets
from proxyenv.checks.child.record import describe
from proxyenv.checks.child.userinfo import find_in_url, hide_userinfo
from proxyenv.model.proxy_url import parse_proxy_url


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


SPELLINGS: Final = (
    "http://ada:s3cretX@h.test:1",
    "ada:s3cretX@h.test:1",
    "//ada:s3cretX@h.test:1",
    " 'https://ada:s3cretX@h.test' ",
    "http://ada:s3%40cretX@h.test:1",
    "http://ada:s3@cretX@h.test:1",
    "http://ada:s3/cr?e#tX@h.test:1",
    "ada:s3,cr;e|tX@h.test:1",
    "http://ada:s3cretX:y@h.test:1/path",
    "HTTP://s3cretX@h.test:1",
    "http://s3cretX:@h.test:1",
    "s3cretX@h.test:1",
    "http://s3%2FcretX@h.test:1",
)


@pytest.mark.parametrize("text", SPELLINGS)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "all_proxy"])
def test_what_is_read_as_a_proxys_secret_is_known_as_one(name: str, text: str) -> None:
    proxy = parse_proxy_url(text)
    found = {*find_secrets({name: text})}
    assert proxy.secret in found
    assert proxy.reveal_basic() in found
    shown = hide_userinfo(text)
    assert "s3" not in shown
    assert "tX" not in shown


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(
            "PIP_EXTRA_INDEX_URL", "https://u:other1@a/x https://v:s3cretX@b/x", id="a list of pip's"
        ),
        pytest.param("PIP_EXTRA_INDEX_URL", "https://u:s3cretX@a/x https://v:other1@b/x", id="its first"),
        pytest.param("HTTPS_PROXY", "http=http://u:other1@a:1;https=http://v:s3cretX@b:1", id="by scheme"),
        pytest.param("HTTPS_PROXY", "http:/u:s3cretX@h:1", id="one slash"),
        pytest.param("https_proxy", "u%3As3cretX%40h:1", id="encoded as a whole"),
        pytest.param("https_proxy", "http://u%3As3cretX%40h:1", id="encoded behind its scheme"),
        pytest.param("https_proxy", "http://u:s3cretX\uff20h:1", id="a full-width at sign"),
        pytest.param("NO_PROXY", "localhost,http://u:s3cretX@h:1,.test", id="in a list of hosts"),
        pytest.param("PIP_INDEX_URL", "https://s3cretX@a/simple", id="a token of an index"),
        pytest.param("PIP_INDEX_URL", "https://s3cretX:@a/simple", id="a token and an empty password"),
        pytest.param("UV_INDEX", "corp=https://u:s3cretX@a/simple", id="a named index of uv"),
        pytest.param("SOME_URL", "https://u:s3cretX@a/path@2", id="an at sign in a path"),
        pytest.param("GIT_CONFIG_VALUE_0", "Authorization: Basic s3cretX", id="a header of git's"),
        pytest.param("GIT_CONFIG_VALUE_0", "PRIVATE-TOKEN: s3cretX", id="another header"),
        pytest.param("PREFECT_API_DATABASE_PASSWORD", "s3cretX", id="a password by its name"),
        pytest.param("GITHUB_TOKEN", "s3cretX", id="a token by its name"),
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Corp": "s3cretX"}', id="no plain word"),
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"Cookie": "a=b; sid=s3cretX"}', id="a cookie"),
    ],
)
def test_a_secret_is_found_wherever_people_have_one(name: str, value: str) -> None:
    said = f"no s3cretX, {b64encode(b's3cretX:').decode()}"
    assert "s3cretX" not in hide_secrets(said, find_secrets({name: value}))
    if "://s3cretX" in value:
        assert hide_secrets(said, find_secrets({name: value})) == "no ****, ****"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"ngrok-skip": "true"}', "true", id="a flag"),
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Auth-On": "true"}', "true", id="of credentials"),
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Proto": "https"}', "https://h", id="a scheme"),
        pytest.param("PREFECT_CLIENT_CUSTOM_HEADERS", '{"X-Source": "container"}', "container", id="a word"),
        pytest.param(
            "PREFECT_CLIENT_CUSTOM_HEADERS", '{"Accept": "application/json"}', "application/json", id="media"
        ),
        pytest.param("MAIL", "adalovelace@corp.test", "adalovelace", id="an address of mail"),
        pytest.param("DOCKER_HOST", "ssh://adalovelace@h", "adalovelace", id="a user of ssh"),
        pytest.param("PATH", "/opt/a@1:/opt/b@2", "/opt/b", id="paths"),
        pytest.param("DOCS", "https://h:8080/@scope/x", "8080/", id="a port and a path"),
        pytest.param("USE_TOKEN", "true", "true", id="a flag by its name"),
    ],
)
def test_a_plain_word_is_not_hidden(name: str, value: str, said: str) -> None:
    assert hide_secrets(said, find_secrets({name: value})) == said


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param(".corp.test,user@host.test", ".corp.test,****:@host.test", id="a user"),
        pytest.param("localhost,https://a:*,.corp.test", "localhost,https://a:*,.corp.test", id="any port"),
        pytest.param(
            "localhost,http://git.test:$PORT,.corp.test",
            "localhost,http://git.test:****,.corp.test",
            id="no port",
        ),
        pytest.param(
            "a.test,https://bob:My,Fish7x,99@git.test/,.corp.test",
            "a.test,****,****,****:@git.test/,.corp.test",
            id="a password with commas",
        ),
        pytest.param("http://bob:My,Fish7x,10.0.0.0/8", "http://bob:****,****,10.0.0.0/8", id="cut"),
        pytest.param("h:80, fd00::/8 ,u@h.test", "h:80, fd00::/8 ,****:@h.test", id="a port and IPv6"),
    ],
)
def test_a_job_shows_a_list_of_hosts_entry_by_entry(text: str, shown: str) -> None:
    from proxyenv.checks.child.job import hide_all

    record = {"api_url": "", "documents": [], "git": {}, "variables": {"no_proxy": text}}
    hidden = hide_all({**record, "proxies": {"no": text}})
    assert (hidden["variables"]["no_proxy"], hidden["proxies"]["no"]) == (shown, shown)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("/home/bob@corp.test/ca.pem", "/home/bob@corp.test/ca.pem"),
        ("/opt/a:/opt/openssl@3/certs", "/opt/a:/opt/openssl@3/certs"),
        ("//bob:Fish7x@h.test/x", "//bob:****@h.test/x"),
        ("/x:http://bob:Fish7x@h.test", "/x:****@h.test"),
    ],
)
def test_an_at_in_a_path_is_no_sign_of_a_password(value: str, shown: str) -> None:
    from proxyenv.checks.child.job import hide_all

    record = {"api_url": "", "documents": [], "git": {}, "proxies": {}}
    assert hide_all({**record, "variables": {"SSL_CERT_FILE": value}})["variables"]["SSL_CERT_FILE"] == shown


def test_the_tag_of_an_image_with_a_digest_is_no_password() -> None:
    assert [*find_secrets({"CI_JOB_IMAGE": "docker.test/library/python:3.11.7@sha256:aa"})] == []
    assert "Fish7x" in {*find_secrets({"X": "http://bob:Fish7x@sha256:80"})}


def test_a_job_hides_the_tokens_of_what_it_was_asked_to_fetch() -> None:
    from proxyenv.checks.child.job import hide_all

    url = "https://h.test/x?token=s3cret77&n=1"
    record = {
        "api_url": "http://ada:other@api.test/api",
        "documents": [{"url": url, "form": "", "first": {"error": [{"type": "x", "text": "no s3cret77"}]}}],
        "git": {"https://git.test/x": {"said": "no s3cret77"}},
        "trouble": ["fetch h.test"],
        "variables": {"HTTPS_PROXY": "http://ada:other@p:1", "INDEX": "https://h.test/?token=s3cret77"},
        "proxies": {"https": "http://ada:other@p:1/?token=s3cret77"},
    }
    assert hide_all(record) == {
        "api_url": "http://****:@api.test/api",
        "documents": [
            {
                "url": "https://h.test/x?token=****&n=1",
                "form": "",
                "first": {"error": [{"type": "x", "text": "no ****"}]},
            }
        ],
        "git": {"https://git.test/x": {"said": "no ****"}},
        "trouble": ["fetch h.test"],
        "variables": {"HTTPS_PROXY": "http://ada:****@p:1", "INDEX": "https://h.test/?token=****"},
        "proxies": {"https": "http://ada:****@p:1/?token=****"},
    }
