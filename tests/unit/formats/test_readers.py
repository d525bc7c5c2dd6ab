"""Files in odd manners, edited, and read by the parsers that gcloud and conda have."""

from __future__ import annotations

import configparser
from typing import TYPE_CHECKING, Any, Final

import pytest
from ruamel.yaml import YAML

from proxyenv.formats.settings import edit_settings, restore_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

CONDARC: Final = (
    ("ssl_verify", "'/b'"),
    ("proxy_servers/http", "'http://p:1'"),
    ("proxy_servers/https", "'http://p:1'"),
)
GCLOUD: Final = (("core/custom_ca_certs_file", "/b"), ("proxy/type", "http"), ("proxy/port", "1"))


def read_yaml(text: str) -> dict[str, Any]:
    """A key that stands there twice is an error."""
    return dict(YAML(typ="safe", pure=True).load(text) or {})


def read_ini(text: str) -> dict[str, dict[str, str]]:
    parser = configparser.ConfigParser()
    parser.read_string(text)
    return {section: dict(parser[section]) for section in parser.sections()}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("# mine\n", id="a comment alone"),
        pytest.param("a: 1\r\nb: 2", id="CRLF, no final line end"),
        pytest.param("\ufeffa: 1\n", id="a byte order mark"),
        pytest.param('---\n"ssl_verify": false\n', id="a document mark, and a key in quotes"),
        pytest.param("a: 1\n...\n", id="the end of a document"),
        pytest.param("ssl_verify:\n  false\n", id="a value in the next line"),
        pytest.param("ssl_verify: # why\nb: 1\n", id="no value, and a comment"),
        pytest.param("ssl_verify: >-\n  a\n\n  b\nc: 1\n", id="a folded value"),
        pytest.param("x: 'a\n\n  ssl_verify: no'\n", id="a key inside a text"),
        pytest.param("x: |\n  proxy_servers:\n    http: y\n", id="a section inside a text"),
        pytest.param("proxy_servers:\n    'http': x\n    https: y\n", id="four blanks, and quotes"),
        pytest.param("proxy_servers:\n  # c\n\n  http: x # d\n# e\nz: 1\n", id="comments all over"),
        pytest.param("proxy_servers: {http: x, 'a': b}\n", id="between braces"),
        pytest.param("proxy_servers:\n", id="a section with nothing"),
        pytest.param("{channels: [a, b]}\n", id="all between braces"),
        pytest.param("a: &x {b: 1}\nc: *x\nd: [*x]\n", id="anchors elsewhere"),
        pytest.param("channels: [a,\n  b]\nlist:\n- k: v\n  l: w\n-\n  m\n", id="lists"),
        pytest.param("a: |+\n  x\n\n", id="a text with its last lines kept"),
    ],
)
def test_conda_reads_what_was_meant(text: str) -> None:
    written, keys = edit_settings(text, "condarc", CONDARC, source="it")
    before = read_yaml(text)
    servers = {**(before.get("proxy_servers") or {}), "http": "http://p:1", "https": "http://p:1"}
    assert read_yaml(written) == {**before, "ssl_verify": "/b", "proxy_servers": servers}
    assert filled(read_yaml(restore_settings(written, "condarc", keys, source="it"))) == filled(before)


def filled(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Without a section that holds nothing, which conda takes for none."""
    return {key: value for key, value in settings.items() if key != "proxy_servers" or value}


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("[core]\nAccount = ada\n\n\n[proxy]\n# none", id="a comment at the end"),
        pytest.param("[proxy]\r\ntype: socks5\r\n", id="CRLF and a colon"),
        pytest.param("[PROXY]\ntype = x\n", id="a section in upper case is another one"),
        pytest.param("[proxy]\nTYPE=a = b\n[z]\ntype = c\n", id="upper case, and the key in other sections"),
        pytest.param("; type = x\n[proxy]\n#type = y\n", id="commented out"),
    ],
)
def test_gcloud_reads_what_was_meant(text: str) -> None:
    written, keys = edit_settings(text, "ini", GCLOUD, source="it")
    expected = read_ini(text)
    for key, value in GCLOUD:
        section, _, name = key.partition("/")
        expected.setdefault(section, {})[name] = value
    assert read_ini(written) == expected
    restored = read_ini(restore_settings(written, "ini", keys, source="it"))
    assert {name: each for name, each in restored.items() if each} == {
        name: each for name, each in read_ini(text).items() if each
    }
