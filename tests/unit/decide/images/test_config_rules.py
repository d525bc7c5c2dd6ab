"""What a text of an image's configuration holds, and that none takes long to be searched."""

from __future__ import annotations

import pytest

from proxyenv.decide.images.config_rules import find_secret
from proxyenv.decide.images.judgement import find_switches
from proxyenv.decide.images.secrets import Known, SecretSearch
from proxyenv.decide.images.settings_files import find_secret_settings
from support.growth import is_linear

NOTHING = Known()


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -u ada:kuckuck https://a.test",
        "RUN curl -uada:kuckuck https://a.test",
        "RUN curl --user ada:kuckuck https://a.test",
        "RUN curl --proxy-user=ada:kuckuck https://a.test",
        "RUN wget --password kuckuck https://a.test",
        "RUN curl -u $USER:$PASS https://a.test\ncurl -u ada:kuckuck https://b.test",
        "RUN true && curl -u $USER:$PASS -U ada:kuckuck https://a.test",
        "java -Dhttps.proxyPassword=kuckuck",
    ],
)
def test_a_password_on_a_command_line_is_found(text: str) -> None:
    assert find_secret(text, NOTHING) == "a password on a command line"


@pytest.mark.parametrize(
    "text",
    [
        "RUN curl -u $USER:$PASS https://a.test",
        "RUN curl --user-agent Mozilla https://a.test",
        "RUN curl https://a.test | sudo -u ada sh",
        "RUN useradd -u 1000 curl",
    ],
)
def test_what_is_none_is_not(text: str) -> None:
    assert find_secret(text, NOTHING) is None


@pytest.mark.parametrize(
    ("text", "switches"),
    [
        ("RUN curl -k https://a.test", ["curl -k"]),
        ("RUN curl -fsSLk https://a.test", ["curl -k"]),
        ("RUN curl https://a.test; curl --insecure https://b.test", ["curl -k"]),
        ("RUN curl https://a.test\n curl -k https://b.test", ["curl -k"]),
        ("RUN wget -q --no-check-certificate a.test", ["wget --no-check-certificate"]),
        ("RUN curl https://a.test && tar -k -xf a", []),
        ("RUN curl -kx! https://a.test", []),
        ("RUN tar -k -xf curl", []),
    ],
)
def test_a_switch_belongs_to_its_command(text: str, switches: list[str]) -> None:
    assert list(find_switches(text)) == switches


KEY = b"-----BEGIN RSA PRIVATE KEY-----"
BODY = b"MIIEpAIBAAKCAQEA0123456789abcdefghijklmnopq"


@pytest.mark.parametrize(
    "text",
    [
        KEY + b"\n" + BODY,
        KEY + b"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n" + BODY,
        KEY + b"\r\nComment: my own key\r\n\r\n" + BODY,
        KEY + rb"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\n" + BODY,
        KEY + b" Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,AB  " + BODY,
    ],
)
def test_a_private_key_is_found_behind_its_headers(text: bytes) -> None:
    search = SecretSearch(NOTHING, is_code=True)
    search.feed(text)
    assert search.hits == (("key", 1),)


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "text",
    [
        pytest.param(KEY + b"\n" + b"a: b " * 40 + b"!", id="headers in one line"),
        pytest.param(KEY + b"\n" + b"a: b\n" * 40 + b"!", id="headers"),
        pytest.param(b"%3a%2f%2f" * 5_000, id="encoded URLs"),
        pytest.param(b"curl " * 20_000, id="curl"),
        pytest.param(b"curl -" + b"k" * 50_000 + b"!", id="letters of curl"),
        pytest.param(b"wget -u" * 10_000, id="wget"),
        pytest.param(b"\n" * 50_000, id="empty lines"),
    ],
)
def test_a_hostile_text_is_searched_in_time(text: bytes) -> None:
    """The first kind took a second with 22 headers, and twice that with each more: see `test_growth`."""
    SecretSearch(NOTHING, is_code=False).feed(text)
    find_secret(text.decode(), NOTHING)
    list(find_switches(text.decode()))
    assert find_secret_settings(".pypirc", text) == ()


@pytest.mark.parametrize("line", ["machine a ", "# "])
def test_a_line_of_many_settings_is_read_once(line: str) -> None:
    assert is_linear(
        lambda text: find_secret_settings("root/.netrc", text),
        lambda size: (line + "password hunter2000 " * size).encode(),
        10_000,
    )


def test_the_line_of_each_setting_is_named_and_comments_are_none() -> None:
    text = b"machine a\n  password one4secret2\n# password two4secret2\n\nmachine b password six4secret2\n"
    assert [each.line for each in find_secret_settings("root/.netrc", text)] == [2, 5]
