"""The laws of every grammar, over files in many manners."""

from __future__ import annotations

import json
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.errors import PlanError
from proxyenv.formats.settings import (
    FORMATS,
    digest_value,
    edit_settings,
    find_splice,
    lost_keys,
    restore_settings,
    splice,
)
from proxyenv.model.receipt import KeyChange

TEXTS: Final = {
    "wgetrc": [
        "# mine\nquiet = on",
        "ca-certificate=/old\nCA_Certificate = /older\n",
        "\nheader = Accept: x=y\n",
    ],
    "properties": ["! c\na.b : c\\\n   d\n", "a.b c", "a.b=\\\\\nx=y", "a.b", "# x\\\na.b=1\n"],
    "npmrc": ["; c\n//r.test/:_authToken=a=b\ncafile = /old", "cafile=/old\n[x]\ncafile=/inside\n", "a\n"],
    "yarnrc": ['# c\ncafile "/old"\n', '"@x:registry" "https://r.test"\nlastUpdateCheck 1\n'],
    "ini": ["[core]\na = 1\n\n[proxy]\n# none\n", "; c\n[proxy]\nType: x\n[z]\nq=1", "[core]\n"],
    "yaml": [
        "a: 1\nproxy_servers:\n  http: x # why\n  'http://y': z\nlist:\n- 1\n- k: v\n",
        'ssl_verify: "a # b"  # c\nmap:\n  deep:\n    deeper: 1\n',
        "# c\nproxy_servers:\n",
        "---\n'ssl_verify': |\n  folded\n\nproxy_servers:\n    \"http\": x\n    z: 1\n...\n",
        "proxy_servers: {http: x}\n",
        "proxy_servers:  # ask IT before\n  # and then\nz: 1\n",
        "proxy_servers: {\n  # ask IT before\n}  # and then\n",
    ],
    "json": ['{"a": {"b": 1}, "c": "}"}', '{\n\t"proxies": {"default": {}}\n}'],
    "jsonc": [
        '// c\n{\n  /* x */ "a": [1, {"b": 2,},],\n  "c": null, // last\n}\n',
        "{}",
        '{\n\t"proxies": {}\n}\n',
        '{\n  // "a": 1,\n}\n',
        '{\n  // c\n  "proxies": {\n    // c\n  }, // last\n  // end\n}\n',
    ],
    "maven": [
        "<settings/>",
        "<?xml version='1.0'?>\n<!-- c --><settings>\n  <proxies/>\n</settings>\n",
        "<settings><proxies><proxy><id>other</id></proxy></proxies></settings>",
        "<settings>\n  <proxies>\n    <proxy><id> proxyenv-http </id></proxy>\n  </proxies>\n</settings>",
    ],
    "block": ["export A=1", "", "a\nb\n"],
}
"""Grammar → files in it; each is tried with CRLF too, and without its final line end."""

KEYS: Final = {
    "wgetrc": ["ca_certificate"],
    "properties": ["a.b", "systemProp.x"],
    "npmrc": ["cafile"],
    "yarnrc": ["cafile"],
    "ini": ["core/x", "proxy/type", "new/y"],
    "yaml": ["ssl_verify", "proxy_servers/http", "proxy_servers/https"],
    "jsonc": ["a", "proxies/default/httpProxy", "proxies/default/noProxy", "new"],
    "json": ["a", "proxies/default/httpProxy", "proxies/default/noProxy", "new"],
    "maven": ["proxyenv-http", "proxyenv-https"],
    "block": ["body"],
}


def spell(grammar: str, key: str, text: str) -> str:
    """A value that the grammar can hold."""
    if grammar in {"json", "jsonc"}:
        return json.dumps(text)
    if grammar == "maven":
        return f"<proxy>\n      <id>{key}</id>\n      <host>{text}</host>\n    </proxy>"
    if grammar == "block":
        return f"export B={text}\n"
    return f"'{text}'" if grammar == "yaml" else f'"{text}"' if grammar == "yarnrc" else text


@st.composite
def edits(draw: st.DrawFn) -> tuple[str, str, tuple[tuple[str, str], ...]]:
    grammar = draw(st.sampled_from(sorted(TEXTS)))
    text = draw(st.sampled_from(["", *TEXTS[grammar]]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    keys = draw(st.lists(st.sampled_from(KEYS[grammar]), min_size=1, unique=True))
    words = st.text("abz09/.:-", min_size=1, max_size=8)
    return grammar, text, tuple((key, spell(grammar, key, draw(words))) for key in keys)


@given(edits())
def test_what_was_put_is_found_and_a_second_edit_changes_nothing(
    edit: tuple[str, str, tuple[tuple[str, str], ...]],
) -> None:
    grammar, text, settings = edit
    written, keys = edit_settings(text, grammar, settings, source="it")
    assert all(FORMATS[grammar].get(written, key, source="it") == value for key, value in settings)
    assert lost_keys(written, grammar, keys, source="it") == []
    assert edit_settings(written, grammar, settings, source="it") == (written, ())


@given(edits())
def test_the_splice_leads_back_to_every_byte(edit: tuple[str, str, tuple[tuple[str, str], ...]]) -> None:
    grammar, text, settings = edit
    written, _ = edit_settings(text, grammar, settings, source="it")
    assert splice(written, find_splice(written, text)) == text


@given(edits())
def test_restored_by_keys_each_key_is_as_before(edit: tuple[str, str, tuple[tuple[str, str], ...]]) -> None:
    grammar, text, settings = edit
    get = FORMATS[grammar].get
    written, keys = edit_settings(text, grammar, settings, source="it")
    restored = restore_settings(written, grammar, keys, source="it")
    for key in KEYS[grammar]:
        assert get(restored, key, source="it") == get(text, key, source="it")
    assert comments_in(restored, comments_in(text)) == comments_in(text)


@given(edits())
def test_what_stood_there_stands_there_still(edit: tuple[str, str, tuple[tuple[str, str], ...]]) -> None:
    """Every line of the file but those that hold one of our keys, in the same order."""
    grammar, text, settings = edit
    written, _ = edit_settings(text, grammar, settings, source="it")
    assert comments_in(written, comments_in(text)) == comments_in(text)


def comments_in(text: str, known: list[str] | None = None) -> list[str]:
    """The lines that are comments, or those among *known*: a value may look like one."""
    lines = [line.rstrip("\r") for line in text.split("\n")]
    if known is not None:
        return [line for line in lines if line in known]
    return [line for line in lines if line.strip()[:2] in {"# ", "! ", "; ", "//", "<!"}]


def test_what_somebody_else_wrote_since_is_not_restored() -> None:
    changes = (KeyChange("cafile", "/old", digest_value("/ours")),)
    assert restore_settings("cafile=/theirs\n", "npmrc", changes, source="it") == "cafile=/theirs\n"
    assert restore_settings("cafile=/ours\n", "npmrc", changes, source="it") == "cafile=/old\n"


@pytest.mark.parametrize(
    ("grammar", "text", "reason"),
    [
        pytest.param("json", '{"a": 1', "line 1 is not JSON", id="JSON without its end"),
        pytest.param("json", "[]", "line 1 is not JSON", id="JSON that is no object"),
        pytest.param("json", '{"a": 1}\n{', "line 2 is not JSON", id="something after the object"),
        pytest.param("json", '{"proxies": 1}', "`proxies` is no object", id="a number on the way"),
        pytest.param(
            "json", '{"a":' * 5000, "it is nested too deeply (at line 1)", id="JSON that is no end of braces"
        ),
        pytest.param("json", '{"a": 1} // x', "line 1 is not JSON", id="a comment where Docker has none"),
        pytest.param("json", "\ufeff{}", "line 1 is not JSON", id="a mark where Docker has none"),
        pytest.param("jsonc", '{"a": 1}\n{', "line 1 is not JSON", id="something after the settings"),
        pytest.param(
            "jsonc", '{"a":' * 5000, "it is nested too deeply (at line 1)", id="no end of braces in settings"
        ),
        pytest.param("ini", "a = 1\n", "line 1 is no setting of a section", id="INI without a section"),
        pytest.param(
            "ini", "[a]\n[b]\n[a]\n", "line 3 opens the section `a` a second time", id="a section twice"
        ),
        pytest.param(
            "ini",
            "[a]\nb = 1\n  # why\n  more\n",
            "line 4 goes on with a value after a comment",
            id="INI that goes on after a comment",
        ),
        pytest.param("ini", "[a]\nb=1\nB=2\n", "line 3 sets `B` a second time", id="an option twice"),
        pytest.param("ini", "\ufeff[a]\n", "line 1 is no setting", id="INI with a mark in front"),
        pytest.param("yaml", "a: 1\n---\nb: 1\n", "line 2 is not YAML", id="two YAML documents"),
        pytest.param("yaml", "a: 1\n\tb: 2\n", "line 2 is not YAML", id="YAML with a tab"),
        pytest.param("yaml", "- a\n", "it is no mapping", id="a YAML list"),
        pytest.param("yaml", "a: \udce9\n", "it is not YAML", id="YAML that is not UTF-8"),
        pytest.param(
            "yaml", "proxy_servers:\n- a\n", "`proxy_servers` is no mapping", id="a list on the way"
        ),
        pytest.param(
            "yaml",
            "proxy_servers: &p\n  a: 1\nb: *p\n",
            "has an anchor",
            id="an anchor that is named elsewhere",
        ),
        pytest.param("yaml", "b: &p {a: 1}\nproxy_servers: *p\n", "is an alias", id="an alias"),
        pytest.param(
            "yaml",
            "proxy_servers:\n  http: {a: 1}\n  ? http\n  : x\n",
            "stands there twice",
            id="a key twice",
        ),
        pytest.param("yaml", "? proxy_servers\n: ? a\n  : b\n", "start of its line", id="a key after a mark"),
        pytest.param("npmrc", "cafile[]=/a\n", "`cafile` is a list there", id="a list in npmrc"),
        pytest.param("npmrc", "a=1\rcafile=/b\n", "line 1 holds a carriage return", id="half a line end"),
        pytest.param("properties", "a=b\\", "line 1 goes on, and is the last", id="a last line that goes on"),
        pytest.param("wgetrc", "\ufeffquiet=on\n", "line 1 is no setting", id="wgetrc with a mark in front"),
        pytest.param("wgetrc", "nonsense\n", "line 1 is no setting", id="wgetrc with a word alone"),
        pytest.param("maven", "<project/>", "its root is not `settings`", id="another document"),
        pytest.param("maven", "<settings>", "line 1 is not XML", id="XML without its end"),
        pytest.param(
            "maven",
            '<?xml version="1.0" encoding="GBK"?><settings/>',
            "its encoding, `GBK`, is not read",
            id="XML with two bytes to a character",
        ),
        pytest.param(
            "maven",
            "<?xml version='1.0' encoding='foo'?><settings/>",
            "its encoding, `foo`, is not read",
            id="XML in an encoding that nobody knows",
        ),
        pytest.param("maven", "<!DOCTYPE x []><settings/>", "document type", id="XML with a document type"),
    ],
)
def test_what_is_not_understood_is_refused(grammar: str, text: str, reason: str) -> None:
    key = KEYS[grammar][1 if len(KEYS[grammar]) > 1 else 0]
    with pytest.raises(PlanError, match=r"cannot be edited safely") as raised:
        edit_settings(text, grammar, ((key, spell(grammar, key, "x")),), source="`it`")
    assert raised.value.code == "settings-invalid"
    assert reason in raised.value.message


@pytest.mark.parametrize(
    ("grammar", "key", "value"),
    [("wgetrc", "ca_certificate", "/a "), ("ini", "a/b", "x\n[y]")],
)
def test_what_would_not_be_read_back_is_refused(grammar: str, key: str, value: str) -> None:
    with pytest.raises(PlanError, match=r"would not be read back") as raised:
        edit_settings("", grammar, ((key, value),), source="it")
    assert raised.value.code == "value-unrepresentable"


def test_json_in_one_line_stays_in_one_line() -> None:
    written, _ = edit_settings('{"a": 1}', "json", (("b/c", "2"),), source="it")
    assert written == '{"a": 1, "b": {"c": 2}}'


def test_json_takes_the_indent_and_the_final_comma_of_the_file() -> None:
    text = '{\n  "a": 1, // one\n}\n'
    written, _ = edit_settings(text, "jsonc", (("b/c", "2"),), source="it")
    assert written == '{\n  "a": 1, // one\n  "b": {\n    "c": 2\n  },\n}\n'


def test_a_comment_stays_with_its_line_of_json() -> None:
    text = '{\r\n\t"a": 1 // one\r\n}'
    written, _ = edit_settings(text, "jsonc", (("b", "2"),), source="it")
    assert written == '{\r\n\t"a": 1, // one\r\n\t"b": 2\r\n}'


@pytest.mark.parametrize(
    ("text", "written"),
    [
        pytest.param(
            '{\n  // my settings\n  // "a": 1,\n}\n',
            '{\n  // my settings\n  // "a": 1,\n  "b": 2\n}\n',
            id="lines",
        ),
        pytest.param("{ // c\r\n}", '{ // c\r\n\t"b": 2\r\n}', id="in the line of the brace"),
        pytest.param("{\n  /* c */\n}", '{\n  /* c */\n  "b": 2\n}', id="between its marks"),
    ],
)
def test_comments_that_stand_alone_in_settings_stay(text: str, written: str) -> None:
    assert FORMATS["jsonc"].set(text, "b", "2", source="it") == written
    assert FORMATS["jsonc"].unset(written, "b", source="it") == text


@pytest.mark.parametrize(
    ("grammar", "text", "key", "without"),
    [
        ("jsonc", '{ // c\n  "a": 1}', "a", "{ // c\n}"),
        ("jsonc", '{"x": 1, // c\n "a": 2}', "a", '{"x": 1 // c\n}'),
        ("jsonc", '{"a": 1 /* c */, "x": 2}', "a", '{ /* c */ "x": 2}'),
        ("jsonc", '{"p": {\n  // c\n  "a": 1\n}}', "p/a", '{"p": {\n  // c\n}}'),
        ("jsonc", '{"p": {"a": 1 /* c */,}}', "p/a", '{"p": { /* c */}}'),
        ("jsonc", '{"x": "http://h",\n "a": 2}', "a", '{"x": "http://h"}'),
        ("yaml", "p:  # ask IT before\n  x: 1\nz: 1\n", "p/x", "p:  # ask IT before\nz: 1\n"),
        ("yaml", "p:\n  # c\n  x: 1\n", "p/x", "p:\n  # c\n"),
        ("yaml", "p: {x: 1}  # none\n", "p/x", "p: {}  # none\n"),
        ("yaml", "p: { # c\n  x: 1}\n", "p/x", "p: { # c\n}\n"),
        ("yaml", "p: {y: 1, # c\n  x: 1}\n", "p/x", "p: {y: 1, # c\n}\n"),
        ("yaml", "p: {x: '#1'}\nz: 1\n", "p/x", "z: 1\n"),
    ],
)
def test_a_setting_leaves_the_comments_around_it(grammar: str, text: str, key: str, without: str) -> None:
    """And the section that they are in."""
    assert FORMATS[grammar].unset(text, key, source="it") == without
    assert FORMATS[grammar].get(without, key, source="it") is None


def test_a_value_of_several_lines_is_replaced_whole() -> None:
    text = "a.b=one \\\n  two\nc=3\n"
    written, (change,) = edit_settings(text, "properties", (("a.b", "x"),), source="it")
    assert (written, change.earlier) == ("a.b=x\nc=3\n", "one two")


def test_a_proxy_of_maven_comes_first_since_maven_takes_the_first() -> None:
    text = "<settings>\n  <proxies>\n    <proxy><id>old</id></proxy>\n  </proxies>\n</settings>\n"
    ours = spell("maven", "x", "h")
    written, _ = edit_settings(text, "maven", (("x", ours),), source="it")
    assert written == text.replace("    <proxy><id>old", f"    {ours}\n    <proxy><id>old")
    assert FORMATS["maven"].unset(written, "x", source="it") == text


@pytest.mark.parametrize("header", ["[s]", "[]"])
def test_a_setting_in_a_section_of_npm_is_another_one(header: str) -> None:
    text = f"{header}\ncafile=/inside\n"
    written, changes = edit_settings(text, "npmrc", (("cafile", "/x"),), source="it")
    assert written == f"cafile=/x\n{text}"
    assert restore_settings(written, "npmrc", changes, source="it") == text


def test_a_setting_comes_before_the_sections_of_npm() -> None:
    written, _ = edit_settings("a=1\n[s]\nb=2\n", "npmrc", (("cafile", "/x"),), source="it")
    assert written == "a=1\ncafile=/x\n[s]\nb=2\n"


@pytest.mark.parametrize(
    ("grammar", "text", "key", "value", "written"),
    [
        pytest.param(
            "npmrc", "\ufeffcafile=/a\n", "cafile", "/x", "\ufeffcafile=/x\n", id="a mark in front stays"
        ),
        pytest.param(
            "ini", "[a]\nb = 1\n  2\n\n  3\nc=4\n", "a/b", "x", "[a]\nb = x\nc=4\n", id="a value that goes on"
        ),
        pytest.param(
            "wgetrc", "inet4_only = on\n", "ca_certificate", "/x", "inet4_only = on\nca_certificate = /x\n",
            id="a name with a digit",
        ),
        pytest.param("npmrc", '"cafile" = "/a"\n', "cafile", "/x", "cafile=/x\n", id="a key in quotes"),
        pytest.param(
            "npmrc", " [s]\ncafile=/a\n", "cafile", "/x", " [s]\ncafile=/x\n", id="no section after a blank"
        ),
        pytest.param("properties", "a\\.\\u0062=1\n", "a.b", "x", "a.b=x\n", id="an escaped key"),
        pytest.param(
            "yaml", "proxy_servers:\n    z: 1\n", "proxy_servers/http", "'x'",
            "proxy_servers:\n    http: 'x'\n    z: 1\n", id="the indent of the section",
        ),
        pytest.param(
            "yaml", "proxy_servers: {}  # none\n", "proxy_servers/http", "'x'",
            "proxy_servers: {http: 'x'}  # none\n", id="between braces",
        ),
        pytest.param(
            "yaml", "proxy_servers:  # c\nz: 1\n", "proxy_servers/http", "'x'",
            "proxy_servers:  # c\n  http: 'x'\nz: 1\n", id="after the comment of a section with nothing",
        ),
        pytest.param(
            "yaml", "proxy_servers: ~\n", "proxy_servers/http", "'x'", "proxy_servers: {http: 'x'}\n",
            id="in the place of nothing",
        ),
        pytest.param(
            "yaml", "{a: 1}\n", "proxy_servers/http", "'x'", "{proxy_servers: {http: 'x'}, a: 1}\n",
            id="a document in one line",
        ),
        pytest.param(
            "condarc", "verify_ssl: no # c\n", "ssl_verify", "'x'", "verify_ssl: 'x' # c\n",
            id="by its other name",
        ),
        pytest.param(
            "yaml", "# c\n---\na: 1\n...\n", "b", "'x'", "# c\n---\na: 1\nb: 'x'\n...\n",
            id="between the marks of a document",
        ),
        pytest.param("ini", "[a]\nx=1\n", "b/y", "2", "[a]\nx=1\n[b]\ny = 2\n", id="a section of its own"),
    ],
)  # fmt: skip
def test_a_setting_is_put_where_it_belongs_and_taken_away_whole(
    grammar: str, text: str, key: str, value: str, written: str
) -> None:
    assert FORMATS[grammar].set(text, key, value, source="it") == written
    without = FORMATS[grammar].unset(written, key, source="it")
    assert FORMATS[grammar].get(without, key, source="it") is None


@pytest.mark.parametrize(
    ("grammar", "text", "key", "without"),
    [
        ("ini", "[a]\nx = 1\n\n[b]\ny=2\n", "a/x", "\n[b]\ny=2\n"),
        ("ini", "[a]\n# mine\nx = 1\n", "a/x", "[a]\n# mine\n"),
        ("yaml", "a: 1\np:\n  # c\n  x: 1\n  y: 2\n", "p/x", "a: 1\np:\n  # c\n  y: 2\n"),
        ("yaml", "a: 1\np:\n  x: 1\n# end\n", "p/x", "a: 1\n# end\n"),
        ("yaml", "p: {x: 1, y: 2}\n", "p/x", "p: {y: 2}\n"),
        ("yaml", "p: {y: 2, x: 1}\n", "p/x", "p: {y: 2}\n"),
        ("yaml", "x: |\n  a\n  b\ny: 1\n", "x", "y: 1\n"),
        ("yaml", "\ufeffx: 1\ny: 1\n", "x", "\ufeffy: 1\n"),
    ],
)
def test_a_setting_goes_with_the_section_that_is_empty_then(
    grammar: str, text: str, key: str, without: str
) -> None:
    assert FORMATS[grammar].unset(text, key, source="it") == without


@pytest.mark.parametrize(
    ("grammar", "ours", "anew"),
    [
        ("yaml", "'/a b'", '"/a b"'),
        ("yaml", "'/a'", "/a"),
        ("yarnrc", '"/a"', "/a"),
        ("npmrc", "/a\\;b", '"/a;b"'),
        ("json", '["a", "b"]', '[\n  "a",\n  "b"\n]'),
        ("json", '"a&b"', '"a\\u0026b"'),
        ("properties", "c:\\\\x", "c\\:\\\\x"),
        ("maven", "<proxy>\n  <id>x</id>\n</proxy>", "<proxy>\n\t\t<id>x</id></proxy>"),
    ],
)
def test_a_value_is_known_again_when_its_tool_spelled_it_anew(grammar: str, ours: str, anew: str) -> None:
    assert FORMATS[grammar].normal(ours) == FORMATS[grammar].normal(anew)


@pytest.mark.parametrize(
    ("grammar", "one", "other"),
    [("yaml", "'true'", "true"), ("yaml", "a", "b"), ("npmrc", "/a;b", "/a\\;b"), ("json", "1", '"1"')],
)
def test_values_that_differ_are_not_taken_for_each_other(grammar: str, one: str, other: str) -> None:
    assert FORMATS[grammar].normal(one) != FORMATS[grammar].normal(other)
