from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import ProxyenvError
from proxyenv.formats.configuration import parse_configuration
from proxyenv.formats.parse import compose_yaml, parse_json, parse_toml
from proxyenv.formats.receipt import parse_receipt
from proxyenv.formats.settings import FORMATS
from proxyenv.formats.yaml_stream import read_documents
from support.growth import soon

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.formats.format import Item


def refusal(read: Callable[[str], object], text: str) -> str:
    """What is said of a text, within three seconds of the processor; it took minutes, or all the memory."""
    with soon(3), pytest.raises((ValueError, ProxyenvError)) as caught:
        read(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a" + ".a" * 20_000 + " = 1\n", "a key has more than 50 parts (at line 1)", id="key"),
        pytest.param(
            "#\n[" + ".".join("a" * 60) + "]\n", "a key has more than 50 parts (at line 2)", id="table"
        ),
        pytest.param(
            'x = """\n\n"""\na = {' + '"b" . ' * 60 + "c = 1}\n",
            "a key has more than 50 parts (at line 4)",
            id="key of a table in a line, after a text of three lines",
        ),
        pytest.param("\na = " + "[" * 50_000, "it is nested too deeply (at line 2)", id="lists"),
        pytest.param("a = " + "{a = " * 200, "it is nested too deeply (at line 1)", id="tables"),
        pytest.param("a = [\n" * 101, "it is nested too deeply (at line 101)", id="over lines"),
        pytest.param(
            "\na = " + "9" * 5000, "a number has 1000 digits or more (at line 2)", id="a long number"
        ),
        pytest.param("a = 1\n" * 800_000, "it is longer than 4 million characters", id="long"),
        pytest.param('a = "' + '\\"' * 500_000, "Unterminated string", id="an open text"),
        pytest.param('a = """' + '\\"' * 500_000, "Unterminated string", id="an open text of lines"),
    ],
)
def test_toml_of_more_than_anybody_writes_is_refused(text: str, reason: str) -> None:
    assert refusal(parse_toml, text).startswith(reason)


def test_what_people_write_is_read() -> None:
    text = 'a = "' + "." * 999 + '"\nb = ["c.d.e", ' + '"x.y", ' * 300 + "]\n# " + "[" * 999 + "\n"
    assert len(parse_toml(text + "[tool.poetry.group.dev.dependencies]\nx = 1.5\n")) == 3
    assert len(parse_json('{"a": "' + "[" * 999 + '", "b": [[1], [2]]}')) == 2


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param('{\n"a": ' + "[" * 101, "it is nested too deeply (at line 2)", id="lists"),
        pytest.param('{"a":' * 100_000, "it is nested too deeply (at line 1)", id="objects"),
        pytest.param(
            '{"a":\n' + "9" * 5000 + "}", "a number has 1000 digits or more (at line 2)", id="a long number"
        ),
        pytest.param(" " * 4_000_001, "it is longer than 4 million characters", id="long"),
        pytest.param('"' + '\\"' * 900_000, "Unterminated string", id="an open text"),
    ],
)
def test_json_of_more_than_anybody_writes_is_refused(text: str, reason: str) -> None:
    assert refusal(parse_json, text).startswith(reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("a:\n - " + "[" * 1_000_000, "it is nested too deeply (at line 2)", id="lists"),
        pytest.param("{a: " * 300_000, "it is nested too deeply (at line 1)", id="mappings"),
        pytest.param("- " * 1_000_000, "it is nested too deeply (at line 1)", id="lists in blocks"),
        pytest.param("? " * 1_000_000, "it is nested too deeply (at line 1)", id="keys"),
        pytest.param("[" + "1," * 500_000 + "]", "it has more than 100,000 values", id="values"),
        pytest.param("a:\n - " + "[" * 99, "it is nested too deeply (at line 2)", id="few lists"),
        pytest.param("a:\n - " + "[" * 98, "line 2 is not YAML", id="fewer lists"),
        pytest.param("[" * 900, "it is nested too deeply (at line 1)", id="some lists"),
        pytest.param(" " * 4_000_001, "it is longer than 4 million characters", id="long"),
    ],
)
def test_yaml_of_more_than_anybody_writes_is_refused(text: str, reason: str) -> None:
    """The first four crash the interpreter where libyaml's own parser makes their tree."""
    assert refusal(compose_yaml, text) == reason


def test_long_yaml_is_read_as_a_short_one() -> None:
    text = "a: {b: [c, 'd']}\n" + "# a comment\n" * 3000
    (short,), (long,) = compose_yaml(text[:100]), compose_yaml(text)
    assert [key.value for key, _ in long.value] == [key.value for key, _ in short.value] == ["a"]
    places = [each.value[0][1].end_mark.index for each in (short, long)]
    assert places == [16, 16]


LAUGHS = "a: &a [x, x]\n" + "".join(
    f"{b}: &{b} [*{a}, *{a}, *{a}]\n" for a, b in zip("abcdefgh", "bcdefghi", strict=True)
)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: &x\n  b: *x\n", id="an alias of what it is in"),
        pytest.param("a: &x {b: c, d: *x}\n", id="one with a value"),
        pytest.param(LAUGHS, id="aliases of aliases"),
        pytest.param("? " + "k" * 2000 + "\n: {a: b}\n", id="a long name"),
    ],
)
@pytest.mark.parametrize("name", ["yaml", "condarc"])
def test_aliases_make_no_more_of_a_file(name: str, text: str) -> None:
    found: tuple[Item, ...] = ()
    with soon(3), suppress(ProxyenvError):
        found = tuple(FORMATS[name].items(text, source="`x`"))
    assert sum(len(each.key) for each in found) < 1_000_000


def test_a_stream_has_no_laughs() -> None:
    deep = "".join(
        f"{b}: &{b} [*{a}, *{a}, *{a}, *{a}]\n" for a, b in zip("abcdefghij", "bcdefghijk", strict=True)
    )
    said = refusal(lambda text: read_documents(text, source="`x`"), "a: &a [x, x, x]\n" + deep)
    assert "more than 100,000 values" in said
    assert "stands for what it is in" in refusal(lambda text: read_documents(text, source="`x`"), "&x [*x]\n")


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        pytest.param("json", '{"a":' * 20_000, "it is nested too deeply (at line 1)", id="JSON"),
        pytest.param(
            "jsonc", '{"a":\n' * 20_000, "it is nested too deeply (at line 101)", id="JSON, comments"
        ),
        pytest.param("apt", "a {\n" * 20_000, "line 101 is nested too deeply", id="scopes of apt"),
        pytest.param("apt", "#clear x;\n" * 20_000, "line 101 is one `#clear` too many", id="apt's #clear"),
        pytest.param("maven", "<a>" * 20_000, "line 1 is in too many elements", id="elements"),
        pytest.param(
            "toml", "a" + ".a" * 20_000 + "=1", "a key has more than 50 parts (at line 1)", id="TOML"
        ),
        pytest.param(
            "npmrc", "[" + "a" * 2000 + "]\nb=c\n", "line 1 has a name of more than", id="npm's section"
        ),
        pytest.param(
            "pip", "[" + "a" * 2000 + "]\nb=c\n", "line 1 has a name of more than", id="pip's section"
        ),
        pytest.param(
            "gitconfig", "[" + "a" * 2000 + "]\nb=c\n", "line 1 has a name of more than", id="git's section"
        ),
        pytest.param("npmrc", "a\n" * 200_000, "it has more than 50,000 lines", id="lines"),
        pytest.param("apt", 'a "b";' * 40_001, "it has more than 40,000 settings", id="settings"),
    ],
)
def test_a_tools_file_of_more_than_anybody_writes_is_refused(name: str, text: str, reason: str) -> None:
    chosen = FORMATS[name]
    assert reason in refusal(lambda text: list(chosen.items(text, source="`x`")), text)
    assert reason in refusal(lambda text: chosen.get(text, "a/b", source="`x`"), text)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("gitconfig", 'a="\\\n' * 20_000, id="git: quotes over lines"),
        pytest.param("gitconfig", "[a]" * 40_000, id="git: headers in a line"),
        pytest.param("apt", "a b;" * 40_000, id="apt: settings in a line"),
        pytest.param("apt", "/*;" * 40_000, id="apt: comments that do not end"),
        pytest.param("maven", "<settings>" + "\n" * 400_000 + "</settings>", id="Maven: lines"),
        pytest.param("block", "# >>> proxyenv >>>\n# <<< proxyenv <<<\n" * 30_000, id="blocks"),
        pytest.param("json", '{"a":' * 90 + "[" + "1," * 100_000 + "1]" + "}" * 90, id="JSON: an inner list"),
    ],
)
def test_a_tools_file_takes_no_quadratic_time(name: str, text: str) -> None:
    with soon(8), suppress(ProxyenvError):
        list(FORMATS[name].items(text, source="`x`"))
        FORMATS[name].unset(text, "a/b", source="`x`")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a" + ".a" * 20_000 + " = 1\n", id="a key of 20,000 parts"),
        pytest.param("a = " + "[" * 50_000, id="lists"),
        pytest.param("a = " + "9" * 5000, id="a number"),
    ],
)
def test_a_damaged_configuration_is_said_to_be_one(text: str) -> None:
    assert refusal(lambda text: parse_configuration(text, source="`p`"), text).startswith(
        "`p` is not valid TOML: "
    )


def test_a_receipt_of_receipts_is_refused() -> None:
    text = '{"receipt": 1, "previous": ' * 300 + "null" + "}" * 300
    assert "nested too deeply" in refusal(lambda text: parse_receipt(text, source="`p`"), text)


def test_a_message_does_not_repeat_a_file() -> None:
    said = refusal(
        lambda text: parse_configuration(text, source="`p`"),
        "version = 1\n[proxy]\n" + "a" * 99_999 + " = 1\n",
    )
    assert said.startswith("`p` has an unknown key `proxy.aaaa")
    assert len(said) == 2001
