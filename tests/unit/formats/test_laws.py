"""The laws of every format, over texts made of the lines that its files have."""

from __future__ import annotations

import contextlib
import json
import re
from typing import Final

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from proxyenv.errors import PlanError, ProxyenvError
from proxyenv.formats.format import Format, Item, effective
from proxyenv.formats.settings import FORMATS

LINES: Final = {
    "apt": [
        "// c",
        "# c",
        "",
        'Acquire::Retries "3";',
        "Acquire { http { Pipeline-Depth 0; }; };",
        "/* c",
        "c */",
        "Acquire {",
        '  https::Verify-Peer "true"; // why',
        "};",
        "#clear Acquire::Retries;",
        'Acquire::http::Proxy "x" ;',
        'ACQUIRE::https::CaInfo "/a";',
    ],
    "condarc": [
        "# c",
        "",
        "a: 1",
        "ssl_verify: no  # why",
        "verify_ssl: /a",
        "proxy_servers:",
        "  http: x # d",
        "  y: 'z'",
        "channels:",
        "- a",
        "proxy_servers: {http: x, y: z}",
        "b: |",
        "  text",
        "---",
        "...",
    ],
    "curlrc": [
        "# c",
        "",
        "silent",
        "-s",
        "-sS",
        '  user-agent = "a b"',
        "cacert = /old # c",
        "proxy: http://p:1",
        "insecure",
        "/ c",
        "--cacert /older",
        "no-insecure",
    ],
    "gitconfig": [
        "# c \\",
        "",
        "[http]",
        "[HTTP]",
        '[http "https://x.test"]',
        "\tproxy = a ; c",
        "\tx = one \\",
        "  two",
        '\tsslCAInfo = "/a # b"',
        "[core] a = b",
        "\tsslVerify",
        "[core]",
        '\tproxy = "',
    ],
    "ini": [
        "# c",
        "; c",
        "",
        "[core]",
        "[proxy]",
        "a = 1",
        "Type: x",
        "  goes on",
        "b=2",
        "[z] # c",
        "port = 3",
        "  # c",
    ],
    "json": ["{", "}", '"a": 1', ",", '"proxies": {', '"default": {"x": "{"}', " ", "[1, {}]", '"b": '],
    "jsonc": [
        "{",
        "}",
        '"a": 1',
        ",",
        '"proxies": {',
        '"default": {"x": "//"}',
        " ",
        "// c",
        "/* c */",
        '"b": [1,]',
    ],
    "maven": [
        "<settings>",
        "</settings>",
        "<proxies>",
        "</proxies>",
        "<!-- c -->",
        "<proxy><id>x</id></proxy>",
        "  ",
        "<proxies/>",
        "<settings/>",
        "<mirrors></mirrors>",
        "<?xml version='1.0'?>",
    ],
    "npmrc": [
        "; c",
        "# c",
        "",
        "cafile = /old ; c",
        "//r.test/:_authToken=a=b",
        "[x]",
        " [y]",
        "flag",
        '"quoted" = "a;b" # c',
        "strict-ssl=false",
        "=x",
        "list[]=1",
    ],
    "pip": [
        "# c",
        "",
        "[global]",
        "[install]",
        "trusted-host =",
        "    a",
        "trusted_host = b",
        "cert = /a",
        "--proxy: x",
    ],
    "properties": [
        "# c",
        "! c",
        "",
        "a.b = c \\",
        "   d",
        "a.b c",
        "x:y",
        "\\u0061.b=1",
        "systemProp.x = \\\\",
    ],
    "toml": [
        "# c",
        "",
        "[http]",
        "[net]",
        'proxy = "a" # c',
        "x = [",
        '  "a", # c',
        "]",
        "http.cainfo = '/a'",
        "y = {z = 1}",
        "[[index]]",
        "[certificates.corp]",
        "cert = false",
        'text = """',
        '"""',
    ],
    "wgetrc": [
        "# c",
        "",
        "quiet = on",
        "ca-certificate=/old",
        "CA_Certificate = /older",
        "header = Accept: x=y",
    ],
    "yaml": [
        "# c",
        "",
        "a: 1",
        "proxy_servers:",
        "  http: x # d",
        "  y: 'z'",
        "l: [1,",
        " 2]",
        "m:",
        "  n:",
        "    o: 1",
        "proxy_servers: {http: x}",
        "'ssl_verify': |",
        "  t",
    ],
    "yarnrc": [
        "# c",
        "",
        'cafile "/old" # c',
        '"@x:registry" "https://r.test"',
        "lastUpdateCheck 1",
        "x:",
        "  y z",
    ],
}
"""Format → the lines of which its files are made, in any order."""

KEYS: Final = {
    "apt": ["Acquire::https::CaInfo", "acquire::http::proxy", "Acquire::Retries"],
    "condarc": ["ssl_verify", "proxy_servers/http", "proxy_servers/https"],
    "curlrc": ["cacert", "proxy", "insecure"],
    "gitconfig": ["http/sslCAInfo", "http.https://x.test/proxy", "core/a", "new/x"],
    "ini": ["core/a", "proxy/type", "new/y"],
    "json": ["a", "proxies/default/httpProxy", "new"],
    "jsonc": ["a", "proxies/default/httpProxy", "new"],
    "maven": ["proxyenv-http", "x"],
    "npmrc": ["cafile", "strict-ssl", "x/y"],
    "pip": ["global/cert", "install/trusted-host", "new/proxy"],
    "properties": ["a.b", "systemProp.x"],
    "toml": ["http.cainfo", "certificates.corp.cert", "top", "new.table.x"],
    "wgetrc": ["ca_certificate", "quiet"],
    "yaml": ["ssl_verify", "proxy_servers/http", "m/n"],
    "yarnrc": ["cafile", "strict-ssl"],
}
JSON: Final = [
    "{}",
    "{ }\n",
    "{\n}\n",
    '{"a": 1}',
    '{"a": 1, "b": {"c": [1, {}]}}\n',
    '{\n  "a": 1,\n  "proxies": {\n    "x": {}\n  }\n}',
    '{\n\t"proxies": {"default": {"x": "}"}}\n}\n',
    '{\n    "b": "//",\n    "a": 2\n}',
]
DOCUMENTS: Final = {
    "json": JSON,
    "jsonc": [
        *JSON,
        "// c\n{ // d\n}\n",
        '{\n  "a": 1, // c\n  /* d */\n}\n',
        '{"a": [1,],}',
        '{\n  // c\n  "b": 1 // d\n  // e\n}',
        '{ /* c */ "proxies": { "default": { "x": 1 }, }, /* d */ }',
    ],
    "maven": [
        "<settings/>",
        "<settings></settings>",
        "<settings>\n</settings>\n",
        "<settings><mirrors/></settings>\n",
        "<?xml version='1.0'?>\n<!-- c -->\n<settings>\n  <mirrors/> <!-- d -->\n</settings>\n",
        "<settings>\n  <proxies>\n    <proxy><id> x </id></proxy>\n    <!-- -->\n  </proxies>\n</settings>\n",
        "<settings><proxies><proxy><id>y</id></proxy></proxies></settings>",
    ],
}
"""Format → whole files of the kinds that have a root."""
WITH_ROOT: Final = set(DOCUMENTS)
VALUES: Final = st.text("abz09/.-", min_size=1, max_size=6)


def spell(name: str, key: str, text: str) -> str:
    """A value that the format can hold."""
    if key == "insecure":
        return "true"
    if name in {"json", "jsonc", "toml", "yarnrc", "apt"}:
        return json.dumps(text)
    if name == "maven":
        return f"<proxy>\n      <id>{key}</id>\n      <host>{text}</host>\n    </proxy>"
    return f"'{text}'" if name in {"yaml", "condarc"} else text


Edit = tuple[Format, str, str, str]


@st.composite
def edits(draw: st.DrawFn, name: str) -> Edit:
    """A format, a text that it can edit, a key and a value."""
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    if name in DOCUMENTS:
        text = draw(st.sampled_from(["", *DOCUMENTS[name]])).replace("\n", newline)
    else:
        lines = draw(st.lists(st.sampled_from(LINES[name]), max_size=7))
        text = "".join(line + newline for line in lines)
    if draw(st.booleans()):
        text = text.removesuffix(newline)
    key = draw(st.sampled_from(KEYS[name]))
    try:
        written = FORMATS[name].set(text, key, spell(name, key, "x"), source="it")
        FORMATS[name].get(written, key, source="it")
    except PlanError:
        assume(False)
    return FORMATS[name], text, key, spell(name, key, draw(VALUES))


BY_FORMAT = pytest.mark.parametrize("name", sorted(LINES))
SETTINGS = settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))


def read(chosen: Format, text: str, but: str) -> list[tuple[str, str]]:
    """What a text says, but for one key."""
    items = chosen.items(text, source="it") if text.strip() else ()
    return [(item.key, item.value) for item in effective(items) if not is_same(item, but)]


def is_same(item: Item, key: str) -> bool:
    plain = re.sub("[-_]", "", item.key).lower()
    wanted = re.sub("[-_]", "", key).lower()
    return plain == wanted or item.section == key or item.key == key.rpartition("/")[0]


@BY_FORMAT
@SETTINGS
@given(data=st.data())
def test_what_was_set_is_got_and_nothing_else_changes(name: str, data: st.DataObject) -> None:
    chosen, text, key, value = data.draw(edits(name))
    written = chosen.set(text, key, value, source="it")
    assert chosen.get(written, key, source="it") == value
    assert read(chosen, written, key) == read(chosen, text, key)
    assert chosen.set(written, key, value, source="it") == written


@BY_FORMAT
@SETTINGS
@given(data=st.data())
def test_what_was_set_is_unset_to_the_byte(name: str, data: st.DataObject) -> None:
    chosen, text, key, value = data.draw(edits(name))
    assume(not text.strip() or chosen.get(text, key, source="it") is None)
    assume(not text.strip() or not has_empty_section(chosen, text, key))
    given_back = chosen.unset(chosen.set(text, key, value, source="it"), key, source="it")
    assume(name not in WITH_ROOT or (bool(text.strip()) and "<settings/>" not in text))
    newline = "\r\n" if "\r\n" in text else "\n"
    assert given_back == text or (not text.endswith("\n") and given_back == text + newline)


@pytest.mark.parametrize(
    ("name", "text", "root"),
    [
        ("json", "", "{\n}\n"),
        ("jsonc", "", "{\n}\n"),
        ("maven", "", '<settings xmlns="http://maven.apache.org/SETTINGS/1.0.0">\n</settings>\n'),
        ("maven", "<settings/>", "<settings>\n</settings>"),
    ],
)
def test_a_document_keeps_its_root(name: str, text: str, root: str) -> None:
    written = FORMATS[name].set(text, "a", spell(name, "a", "x"), source="it")
    assert FORMATS[name].unset(written, "a", source="it") == root


def has_empty_section(chosen: Format, text: str, key: str) -> bool:
    """Whether the section of a key is there without a setting: it goes with the one that was set."""
    separator, parts = ("." if chosen is FORMATS["toml"] else "/"), "[/.]"
    if chosen in {FORMATS[name] for name in ("gitconfig", "ini", "npmrc", "pip")}:
        parts = "$"  # a section is not in another
    section = re.split(parts, key.rpartition(separator)[0])[0].lower()
    found = {re.split(parts, item.section)[0].lower() for item in chosen.items(text, source="it")}
    section_is_named = re.split("[.]", section)[0] in text.lower()
    return bool(section) and section_is_named and section not in found


@BY_FORMAT
@SETTINGS
@given(data=st.data())
def test_what_is_unset_leaves_the_rest(name: str, data: st.DataObject) -> None:
    chosen, text, key, _ = data.draw(edits(name))
    assume(text.strip() != "")
    without = chosen.unset(text, key, source="it")
    assert read(chosen, without, key) == read(chosen, text, key)


ODD: Final = ["\n", "\r", "\r\n", "\ufeff", "\\", '"', "'", "\0", "\u2028", "\udce9", "{", "["]


@BY_FORMAT
@SETTINGS
@given(data=st.data())
def test_any_text_is_read_or_refused(name: str, data: st.DataObject) -> None:
    pieces = st.sampled_from([*LINES[name], *ODD]) | st.text(max_size=3)
    text = "".join(data.draw(st.lists(pieces, max_size=12)))
    with contextlib.suppress(PlanError):
        FORMATS[name].get(text, KEYS[name][0], source="it")
    with contextlib.suppress(PlanError):
        lines = len(text.splitlines()) + 1
        items = list(FORMATS[name].items(text, source="it"))
        assert all(1 <= item.line <= item.last <= lines for item in items)


@pytest.mark.parametrize("name", sorted(set(FORMATS) - {"block"}))
def test_a_text_that_is_too_long_is_refused(name: str) -> None:
    for edit in (FORMATS[name].items, lambda text, source: FORMATS[name].get(text, "a", source=source)):
        with pytest.raises(ProxyenvError, match="longer than 4 million characters"):
            list(edit("# c\n" * 1_000_001, source="it") or ())


ALIASES: Final = "a0: &a0 {x: 1}\n" + "".join(
    f"a{level}: &a{level} {{{', '.join(f'k{i}: *a{level - 1}' for i in range(20))}}}\n"
    for level in range(1, 7)
)
"""20 times 20 times …: 64 million settings in a kilobyte."""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("json", '{"a":' * 100_000, id="objects"),
        pytest.param("jsonc", '{"a":' + "[" * 100_000, id="lists"),
        pytest.param("toml", "a = " + "[" * 100_000, id="TOML lists"),
        pytest.param("toml", "a = " + "9" * 100_000, id="a number of 100,000 digits"),
        pytest.param("yaml", "a: " + "[" * 100_000, id="YAML lists"),
        pytest.param("yaml", ALIASES, id="aliases of aliases"),
        pytest.param("maven", "<settings>" + "<a>" * 100_000, id="elements without an end"),
    ],
)
def test_nesting_without_end_is_refused(name: str, text: str) -> None:
    with pytest.raises(PlanError) as raised:
        list(FORMATS[name].items(text, source="it"))
    assert raised.value.code == "settings-invalid"
