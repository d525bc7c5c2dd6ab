"""What a file says to its client: the name, the value and the lines of each setting."""

from __future__ import annotations

import pytest

from proxyenv.errors import PlanError
from proxyenv.formats.format import Item, effective
from proxyenv.formats.ini import expand_npm
from proxyenv.formats.settings import FORMATS


def read(name: str, text: str) -> list[tuple[str, str, int]]:
    return [(item.key, item.value, item.line) for item in FORMATS[name].items(text, source="it")]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        pytest.param(
            "npmrc",
            "strict-ssl=false ; until IT has fixed it\n",
            [("strict-ssl", "false", 1)],
            id="npm's comments",
        ),
        pytest.param(
            "npmrc", "cafile=/a.pem ; from IT\n", [("cafile", "/a.pem", 1)], id="a comment after a path"
        ),
        pytest.param(
            "npmrc",
            "a\n[s]\n'cafile'=\"/x\"\n",
            [("a", "true", 1), ("s/cafile", "/x", 3)],
            id="npm's sections",
        ),
        pytest.param(
            "npmrc", "[]\ncafile=/x\n", [("[]/cafile", "/x", 2)], id="a section of npm's without a name"
        ),
        pytest.param(
            "npmrc", "ca[]=one\nca[]=two\n", [("ca[]", "one", 1), ("ca[]", "two", 2)], id="a list of npm's"
        ),
        pytest.param(
            "gitconfig",
            '[http "https://X.test"]\n\tsslVerify\n[includeIf "gitdir:~/w/"]\npath = /y # z\n',
            [("http.https://X.test/sslverify", "true", 2), ("includeif.gitdir:~/w//path", "/y", 4)],
            id="subsections and includes of Git's",
        ),
        pytest.param(
            "gitconfig",
            '[http]\nproxy = a"b\n[core]\nx=1\n',
            [("core/x", "1", 4)],
            id="a line that Git refuses",
        ),
        pytest.param(
            "curlrc", "-sk\n", [("-s", "true", 1), ("insecure", "true", 1)], id="switches of curl's in a word"
        ),
        pytest.param(
            "curlrc",
            '--cacert "/a b"\nno-insecure\n-xp:1\n',
            [("cacert", "/a b", 1), ("insecure", "false", 2), ("proxy", "p:1", 3)],
            id="options of curl's",
        ),
        pytest.param(
            "curlrc", "--cacert=/x\n", [("cacert=/x", "true", 1)], id="an option that curl does not know"
        ),
        pytest.param(
            "condarc",
            "verify_ssl: no # c\nproxy_servers: {http: x}\nlist: [a]\n",
            [("ssl_verify", "no", 1), ("proxy_servers/http", "x", 2)],
            id="conda's names",
        ),
        pytest.param("yaml", "a: &x {b: 1}\nc: *x\n", [("a/b", "1", 1), ("c/b", "1", 1)], id="an alias"),
        pytest.param(
            "wgetrc", "CA-Certificate = /a # b\n", [("cacertificate", "/a # b", 1)], id="wget's names"
        ),
        pytest.param(
            "pip",
            "[install]\ntrusted_host =\n  a\n\n  # c\n  b\n[global]\n--proxy: x\n",
            [("install/trusted-host", "\na\n\nb", 2), ("global/proxy", "x", 8)],
            id="pip's names, and a value that goes on",
        ),
        pytest.param(
            "ini", "[a] # c\nB = 1 # d\n", [("a/b", "1 # d", 2)], id="no comments within a line of INI"
        ),
        pytest.param(
            "yarnrc",
            'a,"b c" 1 # d\nx:\n  y "\\"z"\n',
            [("a", "1", 1), ("b c", "1", 1), ("x/y", '"z', 3)],
            id="yarn 1",
        ),
        pytest.param(
            "yarnrc",
            "proxy: http://p.test:1\n",
            [("proxy", "http://p.test:1", 1)],
            id="YAML that yarn 1 takes",
        ),
        pytest.param(
            "apt",
            'A { b "1"; };\n#clear a::B;\nA::c d "e";\n',
            [("#clear a::b", "a::B", 2), ("a::c", "d e", 3)],
            id="scopes of apt's, and clear",
        ),
        pytest.param(
            "toml",
            '[http]\nproxy = "a" # c\nx = {y = 1}\n[certificates."a.b"]\ncert = false\n',
            [("http.proxy", "a", 2), ("http.x.y", "1", 3), ('certificates."a.b".cert', "false", 5)],
            id="TOML",
        ),
        pytest.param(
            "properties", "a\\:b = c\\\n  \\u0064\n! e\n", [("a:b", "cd", 1)], id="Java's properties"
        ),
        pytest.param(
            "maven",
            "<settings><proxies><proxy>\n<host>h</host><id>i</id>\n</proxy></proxies></settings>",
            [("i/host", "h", 2), ("i/id", "i", 2)],
            id="Maven's proxies",
        ),
        pytest.param(
            "jsonc", '{"a": {"b": "c\\n"}, // d\n"e": [1]}', [("a/b", "c\n", 1), ("e", "[1]", 2)], id="JSON"
        ),
    ],
)
def test_items(name: str, text: str, expected: list[tuple[str, str, int]]) -> None:
    assert read(name, text) == expected


def test_a_setting_has_its_last_line() -> None:
    assert list(FORMATS["pip"].items("[g]\nA =\n  b\n\n  c\n\n", source="it")) == [
        Item("g", "A", "\nb\n\nc", 2, "g/a", 5)
    ]


def test_of_several_settings_the_last_counts() -> None:
    items = FORMATS["npmrc"].items("strict-ssl=false\na=1\nstrict-ssl=true\n", source="it")
    assert [(item.key, item.value) for item in effective(items)] == [("strict-ssl", "true"), ("a", "1")]


@pytest.mark.parametrize(
    ("value", "expanded"),
    [
        ("/${A}/b", "/one/b"),
        ("${GONE}", "${GONE}"),
        ("${GONE?}x", "x"),
        ("\\${A}", "${A}"),
        ("\\\\${A}", "\\one"),
        ("${A${A}}", "${Aone}"),
        ("$A", "$A"),
    ],
)
def test_npm_replaces_variables(value: str, expanded: str) -> None:
    assert expand_npm(value, {"A": "one"}) == expanded


@pytest.mark.parametrize(
    ("name", "text", "key"),
    [("curlrc", "-sk\n", "insecure"), ("yarnrc", "a,b 1\n", "a")],
)
def test_a_setting_that_shares_its_line_is_not_edited(name: str, text: str, key: str) -> None:
    with pytest.raises(PlanError, match="line 1 sets several things"):
        FORMATS[name].unset(text, key, source="it")


@pytest.mark.parametrize(
    ("name", "text", "key", "value"),
    [("gitconfig", "[a]\nb = c \\\n", "http/proxy", "x"), ("yaml", "a: |\n  b", "c", "'d'")],
)
def test_an_edit_that_changes_another_setting_is_refused(name: str, text: str, key: str, value: str) -> None:
    with pytest.raises(PlanError, match="cannot be written without a change to another setting"):
        FORMATS[name].set(text, key, value, source="it")
