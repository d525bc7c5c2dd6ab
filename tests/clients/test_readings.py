"""Files of tools, read by us and by the tools themselves: git, npm, curl, wget and apt."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest
import trustme

from proxyenv.catalog.tools import load_tools, read_tool
from proxyenv.formats.format import effective
from proxyenv.formats.ini import expand_npm
from proxyenv.formats.settings import FORMATS
from proxyenv.formats.truth import read_truth
from proxyenv.machine.local import LocalMachine
from support.machine import in_ci, require_client
from support.machines import make_host
from support.origins import OriginServer, server_context

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS: Final = [
    "0",
    "1",
    "00",
    "2",
    "-1",
    "1k",
    "no",
    "NO",
    "off",
    "false",
    "False",
    "f",
    "n",
    "true",
    "yes",
    "on",
    "t",
    "y",
    "",
    "x",
]


def run(directory: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=directory,
        env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def read(name: str, text: str) -> dict[str, str]:
    """What our reader makes of it."""
    return {item.key: item.value for item in effective(FORMATS[name].items(text, source="it"))}


GIT: Final = [
    pytest.param("[http]\n\tsslVerify = false\n", id="plain"),
    pytest.param("[HTTP]\r\nSSLVERIFY=no ; why\r\n", id="upper case, CRLF, comment"),
    pytest.param("[http] proxy = a\n# c\n[core]\nx\n", id="in the line of the header, and a key alone"),
    pytest.param('[http "https://A.test/x\\"y"]\nsslCAInfo = "/a b;c" # d\n', id="subsection and quotes"),
    pytest.param('[http]\nproxy = one\\\n   two  three \n y = "a\\tb\\\\c"\n', id="goes on, and escapes"),
    pytest.param("[a]\nb = c\\\\\nd = e\n", id="a backslash that goes on nowhere"),
    pytest.param("[a.b]\nc=1\n[a]\nc=\n", id="dotted section, empty value"),
    pytest.param("# x \\\n[a]\nb = x # c \\\nc = d\n", id="comments do not go on"),
    pytest.param("[a]\nb = x\ty \\\n  # z\n", id="a tab, and a comment after a line that goes on"),
    pytest.param("[a]b=1[c]d=2\n[a]\nb=2\n", id="a value with brackets, and twice"),
    pytest.param('\ufeff[a]\nb = "  q " r ;s\n', id="a mark in front, quotes in the middle"),
    pytest.param("[a]\nb = x\fy\n", id="a form feed is no blank"),
    pytest.param('[include]\npath = ~/x\n[includeIf "gitdir:~/W/"]\npath = y\n', id="includes"),
]


@pytest.mark.parametrize("text", GIT)
def test_git_reads_the_same(text: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(text.encode())
    listed = run(tmp_path, require_client("git"), "config", "--file", "config", "--list", "--null")
    assert listed.returncode == 0, listed.stderr
    entries = (entry.partition("\n") for entry in listed.stdout.split("\0") if entry)
    expected = {name: value if newline else "true" for name, newline, value in entries}
    found = FORMATS["gitconfig"].items(text, source="it")
    assert {f"{item.section}.{item.name}": item.value for item in found} == expected


@pytest.mark.parametrize(
    "text", ["[a]\nb ; c\n", '[a]\nb = "x\n', "[a]\nb = \\q\n", "[a]\n1b=2\n", "[a]\nb_c=2\n", "[ a]\nb=1\n"]
)
def test_what_git_refuses_is_not_edited(text: str, tmp_path: Path) -> None:
    (tmp_path / "config").write_bytes(text.encode())
    assert run(tmp_path, require_client("git"), "config", "--file", "config", "--list").returncode == 128
    with pytest.raises(Exception, match=r"line [12] is no setting"):
        FORMATS["gitconfig"].get(text, "a/b", source="it")


@pytest.mark.parametrize("word", WORDS)
def test_git_takes_the_same_words_for_true(word: str, tmp_path: Path) -> None:
    said = run(tmp_path, require_client("git"), "-c", f"a.b={word}", "config", "--type=bool", "a.b")
    expected = {"true\n": True, "false\n": False}.get(said.stdout)
    assert read_truth("git", word) is expected


NPM: Final = [
    pytest.param("strict-ssl=false ; until IT has fixed it\n", id="a comment after a word"),
    pytest.param("cafile=/path/that/exists.pem ; from IT\n", id="a comment after a path"),
    pytest.param('cafile="/a;b" # c\n', id="quotes that do not enclose everything"),
    pytest.param("cafile='/a b'\nproxy=http://p.test:1/#x\n", id="single quotes, and a fragment"),
    pytest.param('"strict-ssl" = "false"\n', id="a name in quotes"),
    pytest.param("strict-ssl=true\rstrict-ssl=false\n", id="lines that end with CR alone"),
    pytest.param("\ufeffstrict-ssl=false\r\n", id="a mark in front"),
    pytest.param("[x]\nstrict-ssl=false\ncafile=/in/x\n", id="in a section"),
    pytest.param(" [x]\nstrict-ssl=false\n", id="a section with a blank in front is none"),
    pytest.param("cafile=/${NAME}/${GONE}/\\${NAME}\n", id="variables"),
    pytest.param("cafile=/a\\;b\\#c\nproxy=\n", id="escaped marks, and nothing"),
    pytest.param("strict-ssl\n=x\n", id="a name alone"),
]


@pytest.mark.parametrize("text", NPM)
def test_npm_reads_the_same(text: str, tmp_path: Path) -> None:
    """``npm config list --json`` says what it makes of a file."""
    npm = require_client("npm")
    (tmp_path / "npmrc").write_bytes(text.encode())
    files = {"npm_config_userconfig": str(tmp_path / "npmrc"), "npm_config_globalconfig": "/nonexistent"}
    said = json.loads(run(tmp_path, npm, "config", "list", "--json", NAME="a", **files).stdout)
    ours: dict[str, object] = {"cafile": None, "proxy": None, "strict-ssl": True}
    for key, value in read("npmrc", text).items():
        if key == "strict-ssl":
            ours[key] = read_truth("npm", value)
        elif key in ours:
            expanded = expand_npm(value, {"NAME": "a"})
            ours[key] = expanded if key == "proxy" or expanded.startswith("/") else f"{tmp_path}/{expanded}"
    assert {key: said.get(key) for key in ours} == ours


@pytest.fixture(scope="module")
def tls_origin() -> Iterator[int]:
    """The port of a server whose CA nobody knows."""
    with OriginServer(server_context(trustme.CA(), "127.0.0.1")) as origin:
        yield origin.port


@pytest.mark.parametrize("word", ["0", "no", "off", "null", "", "FALSE", "false", "true"])
def test_npm_verifies_unless_it_reads_false(word: str, tmp_path: Path, tls_origin: int) -> None:
    npm = require_client("npm")
    (tmp_path / "npmrc").write_text(f"strict-ssl={word}\n")
    said = run(
        tmp_path, npm, "ping", f"--registry=https://127.0.0.1:{tls_origin}/", "--fetch-retries=0",
        npm_config_userconfig=str(tmp_path / "npmrc"), npm_config_globalconfig="/nonexistent",
    )  # fmt: skip
    verified = "SELF_SIGNED_CERT" in said.stderr or "UNABLE_TO_" in said.stderr
    assert verified is (read_truth("npm", word) is True), said.stderr


CURL: Final = [
    "-sk\n",
    "-k\n",
    "k\n",
    "insecure = false\n",
    "insecure\nno-insecure\n",
    "INSECURE # c\n",
    "insec\n",
    "--no-insecure\n",
    "--cacert=/x\n",
    "--cacert /q\n",
    'cacert = "/a b"\n',
    'cacert "/a\\"b\\\\c\\td" junk\n',
    "cacert == /x # c\n",
    "cacert = /a#b\n",
    "cacert = /a\rinsecure\n",
    "cacert '/x y'\n",
    "cacert\n",
    "CACert: /x\n",
    "cace = /x\n",
    "no-cacert = /x\n",
    "-xhttp://p.test:1\n",
    "-x=http://p.test:1\n",
    '-skx "http://u:p@p.test:1"\n',
    "-kcacert /x\n",
    "-Ssk --proxy http://q.test:1\n",
    "-X POST\n",
    'proxy = ""\n',
    "proxy\t=\thttp://p.test:2\n",
    "proxy-insec\n",
    "/insecure\n*insecure\n#insecure\n",
    "noproxy = *\n",
    'cacert = "\\q"\n',
    "proxy-cacert /b\ncacert=/a\ncapath /c\n",
    "bogus\ninsecure\n",
    "\ufeffinsecure\n",
    "preproxy=http://p.test:1\nnext\n",
    "-ksZx http://p.test:1\n",
]
OPTIONS: Final = {
    "cacert": "CAINFO",
    "capath": "CAPATH",
    "proxy": "PROXY",
    "noproxy": "NOPROXY",
    "proxy-cacert": "PROXY_CAINFO",
    "preproxy": "PRE_PROXY",
    "insecure": "SSL_VERIFYPEER",
    "proxy-insecure": "PROXY_SSL_VERIFYPEER",
}


@pytest.mark.parametrize("text", CURL)
def test_curl_reads_the_same(text: str, tmp_path: Path) -> None:
    """``--libcurl`` writes down every option that curl sets."""
    curl = require_client("curl")
    (tmp_path / "rc").write_bytes(text.encode())
    run(tmp_path, curl, "-q", "-K", "rc", "--libcurl", "said.c", "-m", "5", "http://127.0.0.1:1/")
    said = (tmp_path / "said.c").read_text()
    found = read("curlrc", text)
    for key, option in OPTIONS.items():
        matched = re.search(rf'CURLOPT_{option}, (?:"((?:[^"\\]|\\.)*)"|0L)', said)
        value = None if matched is None else "true" if matched[1] is None else json.loads(f'"{matched[1]}"')
        ours = found.get(key)
        ours = None if ours == "false" else ours
        if key == "capath" and ours is None:
            continue  # curl has one of its own
        assert ours == value, key


WGET: Final = [
    ("http_proxy = http://127.0.0.1:5\n", "5"),
    ("h-t_t-P_proxy=http://127.0.0.1:5", "5"),
    ("  # c\n  http_proxy = http://127.0.0.1:5  \r\n", "5"),
    ("http_proxy = http://127.0.0.1:5\nHTTP-PROXY=http://127.0.0.1:6\n", "6"),
    ("use_proxy = off\nhttp_proxy = http://127.0.0.1:5\n", "9"),
]


@pytest.mark.parametrize(("text", "port"), WGET)
def test_wget_reads_the_same(text: str, port: str, tmp_path: Path) -> None:
    said = ask_wget(tmp_path, text)
    assert re.search(r"Connecting to 127\.0\.0\.1:(\d+)", said), said
    assert f"127.0.0.1:{port}..." in said
    found = read("wgetrc", text)
    proxied = read_truth("wget", found.get("useproxy", "on"))
    assert (found["httpproxy"].rpartition(":")[2] if proxied else "9") == port


@pytest.mark.parametrize("text", ["quiet\n", "quiet on\n", "\ufeffquiet = on\n"])
def test_what_wget_refuses_is_not_edited(text: str, tmp_path: Path) -> None:
    assert "Syntax error" in ask_wget(tmp_path, text)
    with pytest.raises(Exception, match="line 1 is no setting"):
        FORMATS["wgetrc"].set(text, "ca_certificate", "/x", source="it")


@pytest.mark.parametrize("word", WORDS)
def test_wget_takes_the_same_words_for_true(word: str, tmp_path: Path) -> None:
    said = ask_wget(tmp_path, f"use_proxy={word}\nhttp_proxy=http://127.0.0.1:5\n")
    expected = None if "Invalid" in said else "127.0.0.1:5" in said
    assert read_truth("wget", word) is expected, said


def ask_wget(directory: Path, text: str) -> str:
    (directory / "rc").write_bytes(text.encode())
    wget = require_client("wget")
    return run(
        directory, wget, "--config=rc", "-t1", "-T5", "-O-", "http://127.0.0.1:9/", SYSTEM_WGETRC="/dev/null"
    ).stderr


APT: Final = [
    'Acquire::http::Proxy "http://a";\nACQUIRE::HTTP::proxy "http://b";\n',
    'Acquire { http { Proxy "x"; }; };\n',
    "Acquire::http::Proxy x;\n",
    'Acquire::http::Proxy "a" "b";\n',
    'Acquire::http::Proxy "a";\n#clear Acquire::http;\n',
    'Acquire::http::Proxy "a" // c\n;\n',
    'Acquire::http::Proxy "a//b#c"; # d\n',
    'Acquire::http { "one"; "two"; Proxy "z" };\n',
    '# c\n// d\n/* e\n f */ Acquire::http::Proxy "a";\n',
    'Acquire { http::Proxy "w"; https { Verify-Peer "false" } };\n',
    'Acquire::http\n{\n Proxy\n  "n"\n ;\n}\n',
    'Acquire::http "v" { Proxy "p"; };\n',
    'Acquire::http::Proxy "";\nAcquire::http::Proxy::h "DIRECT";\n',
    "Acquire::http::Proxy a//b;\n;\nAcquire::http::Timeout a#b;\n;\n",
    '}; Acquire::http::Proxy "http://x:1;2";\n',
]


@pytest.mark.parametrize("text", APT)
def test_apt_reads_the_same(text: str, tmp_path: Path) -> None:
    said = ask_apt(tmp_path, text)
    listed = dict(
        re.findall(r'^(Acquire::https?(?:::\S*[^:\s])?) "(.*)";$', said, re.MULTILINE | re.IGNORECASE)
    )
    ours = {key: value for key, value in read("apt", text).items() if not key.startswith("#")}
    assert ours == {key.lower(): value for key, value in listed.items() if value or key.lower() in ours}


@pytest.mark.parametrize("text", ['Acquire::http::Proxy "a"', 'A::B "a\n";', "A::B;C"])
def test_what_apt_refuses_is_not_edited(text: str, tmp_path: Path) -> None:
    assert "Syntax error" in ask_apt(tmp_path, text)
    with pytest.raises(Exception, match="is no setting"):
        FORMATS["apt"].set(text, "A::C", '"x"', source="it")


def ask_apt(directory: Path, text: str) -> str:
    (directory / "apt.conf").write_text(text)
    apt = require_client("apt-config")
    said = run(directory, apt, "dump", APT_CONFIG=str(directory / "apt.conf"))
    return said.stdout + said.stderr


@pytest.fixture(scope="module")
def node_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Node and npm, below a directory in which their own files can be written."""
    node, npm = (Path(require_client(name)).resolve() for name in ("node", "npm"))
    root = tmp_path_factory.mktemp("node")
    (root / "bin").mkdir()
    try:
        (root / "bin/node").hardlink_to(node)
    except OSError:
        shutil.copy2(node, root / "bin/node")
    shutil.copytree(npm.parents[1], root / "lib/node_modules/npm", symlinks=True)
    (root / "bin/npm").symlink_to("../lib/node_modules/npm/bin/npm-cli.js")
    return root


LAYOUTS: Final = [
    pytest.param({"root:etc/npmrc": "proxy=http://a.test:1\n"}, {}, id="beside node"),
    pytest.param(
        {"root:etc/npmrc": "proxy=http://a.test:1\n", "prefix/etc/npmrc": "proxy=http://b.test:1\n"},
        {"npm_config_prefix": "{home}/prefix"},
        id="a variable names the prefix",
    ),
    pytest.param(
        {
            "root:etc/npmrc": "proxy=http://a.test:1\n",
            ".npmrc": "prefix=~/prefix\nhttps-proxy=http://c.test:1\n",
            "prefix/etc/npmrc": "proxy=http://b.test:1\nhttps-proxy=http://b.test:1\n",
        },
        {},
        id="the user's file names the prefix",
    ),
    pytest.param(
        {"x/global": "noproxy=x.test\n", "prefix/etc/npmrc": "proxy=http://b.test:1\n"},
        {"NPM_CONFIG_GLOBALCONFIG": "{home}/x/global", "npm_config_prefix": "{home}/prefix"},
        id="a variable names the global file",
    ),
    pytest.param(
        {".npmrc": "globalconfig=${{HOME}}/x/global\n", "x/global": "proxy=http://x.test:1\n"},
        {},
        id="the user's file names the global file",
    ),
    pytest.param(
        {".npmrc": "proxy=http://a.test:1\n", "x/user": "https-proxy=http://u.test:1\n"},
        {"Npm_Config_UserConfig": "{home}/x/user"},
        id="another file of the user",
    ),
    pytest.param(
        {
            "root:lib/node_modules/npm/npmrc": "globalconfig={home}/etc/npmrc\nproxy=http://d.test:1\n",
            "root:etc/npmrc": "proxy=http://a.test:1\n",
            "etc/npmrc": "https-proxy=http://e.test:1\n",
        },
        {},
        id="npm's own file names the global file",
    ),
    pytest.param(
        {
            "root:lib/node_modules/npm/npmrc": "prefix={home}/prefix\nnoproxy=n.test\n",
            "prefix/etc/npmrc": "proxy=http://b.test:1\n",
        },
        {},
        id="npm's own file names the prefix",
    ),
    pytest.param(
        {"prefix/etc/npmrc": "proxy=http://b.test:1\n", "root:etc/npmrc": "proxy=http://a.test:1\n"},
        {"PREFIX": "{home}/prefix"},
        id="PREFIX",
    ),
    pytest.param(
        {
            ".npmrc": "proxy=http://u.test:1\nhttps-proxy=http://u.test:1\n",
            "work/package.json": "{{}}",
            "work/.npmrc": "proxy=http://p.test:1\n",
            "flows/src/.npmrc": "https-proxy=http://nobody.test:1\n",
            "flows/src/x": "",
        },
        {},
        id="the project's file is above",
    ),
]


@in_ci
@pytest.mark.parametrize(("files", "variables"), LAYOUTS)
def test_npm_reads_the_same_files(
    files: dict[str, str], variables: dict[str, str], tmp_path: Path, node_root: Path
) -> None:
    """``npm config list --json`` says what it makes of all its files together."""
    home, here = tmp_path / "home", tmp_path / "home/flows/src"
    here.mkdir(parents=True)
    written = [node_root / "etc/npmrc", node_root / "lib/node_modules/npm/npmrc"]
    for path in written:
        path.unlink(missing_ok=True)
    for name, text in files.items():
        path = node_root / name.removeprefix("root:") if name.startswith("root:") else home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(home=home))
    environment = {
        "HOME": str(home),
        "PATH": f"{node_root}/bin:/usr/bin:/bin",
        **{name: value.format(home=home) for name, value in variables.items()},
    }
    listed = run(here, str(node_root / "bin/npm"), "config", "list", "--json", **environment)
    theirs = json.loads(listed.stdout)
    host = make_host(home=home, directory=here, environment=environment)
    (npm,) = (tool for tool in load_tools() if tool.name == "npm")
    settings = [
        each for project in (False, True) for each in read_tool(LocalMachine(host), npm, project=project)
    ]
    ours = {each.name: expand_npm(each.item.value, environment) for each in settings}
    keys = ("proxy", "https-proxy", "noproxy")
    expected = {key: theirs[key] or "" for key in keys}
    assert {key: ours.get(key, "") for key in keys} == {
        key: "".join(value) if isinstance(value, list) else value.rstrip("/")
        for key, value in expected.items()
    }
