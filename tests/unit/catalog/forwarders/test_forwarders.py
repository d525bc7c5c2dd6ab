"""What stands behind a forwarder, by its arguments, variables and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.forwarders import find_past, find_program_of
from proxyenv.catalog.forwarders.forwarder import name_proxies
from proxyenv.model.forwarder import Listener, Upstream
from support.growth import soon
from support.machines import MadeUpMachine

WORK = Path("/project")
INI = "[proxy]\nserver = {}\nport = 3128\n[settings]\nidle = 3600\n"
USERS = "/home/ada/.config/px/px.ini"


def describe(
    words: str, texts: dict[str, str] | None = None, variables: dict[str, str] | None = None
) -> str | None:
    listener = Listener(12, tuple(words.split()), variables or {}, WORK)
    program = find_program_of(listener)
    return str(program.describe(MadeUpMachine(texts or {}), listener)) if program else None


def passes_on(to: str, source: str, name: str = "px") -> str:
    return f"{name} (process 12) listens there and passes requests on to {to} ({source})"


@pytest.mark.parametrize(
    "words",
    [
        pytest.param("px", id="a program"),
        pytest.param("/home/ada/venv/bin/python /home/ada/venv/bin/px --port=1", id="a script"),
        pytest.param("python3 -m px", id="a module"),
        pytest.param("C:/px/px.exe", id="a program of Windows"),
    ],
)
def test_px_is_recognised(words: str) -> None:
    said = describe(f"{words} --server=p:1")
    assert said == passes_on("`p:1`", "its command line")


@pytest.mark.parametrize("words", ["python -m mitmproxy", "squid -N", "vi /etc/px", "pxe"])
def test_other_programs_are_no_forwarders(words: str) -> None:
    assert describe(words) is None


@pytest.mark.parametrize(
    ("words", "texts", "variables", "said"),
    [
        pytest.param(
            "px --proxy=a:1 --config=x.ini",
            {"/project/x.ini": INI.format("b:2")},
            {"PX_SERVER": "c:3"},
            passes_on("`a:1`", "its command line"),
            id="the command line first",
        ),
        pytest.param(
            "px",
            {"/project/.env": "PX_SERVER=d:4\n", USERS: INI.format("b:2")},
            {"PX_SERVER": "c:3"},
            passes_on("`c:3`", "`PX_…` of its environment"),
            id="then its variables",
        ),
        pytest.param(
            "px",
            {"/project/.env": "export PX_SERVER='d:4'\n", USERS: INI.format("b:2")},
            {},
            passes_on("`d:4`", "`/project/.env`"),
            id="then .env of its directory",
        ),
        pytest.param(
            "px",
            {"/project/px.ini": INI.format("e:5"), USERS: INI.format("b:2")},
            {},
            passes_on("`e:5`", "/project/px.ini"),
            id="then px.ini there",
        ),
        pytest.param(
            "px",
            {USERS: INI.format("b:2, b2:80")},
            {},
            passes_on("`b:2`, `b2:80`", USERS),
            id="then the user's, with two servers",
        ),
        pytest.param(
            "px --config=x.ini",
            {"/project/x.ini": INI.format("f:6"), USERS: INI.format("b:2")},
            {},
            passes_on("`f:6`", "/project/x.ini"),
            id="one file alone",
        ),
        pytest.param(
            "px --pac=http://ada:geheim@corp.example/proxy.pac",
            {},
            {},
            "px (process 12) listens there and asks the PAC file `http://****@corp.example/proxy.pac` "
            "(its command line)",
            id="a PAC file",
        ),
        pytest.param(
            "px",
            {},
            {"HTTP_PROXY": "http://ada:geheim@p:1"},
            passes_on("`p:1`", "`HTTP_PROXY` of its environment"),
            id="without any, the proxy of its environment",
        ),
        pytest.param(
            "px",
            {},
            {"HTTPS_PROXY": "http://p:1"},
            "px (process 12) listens there, and no proxy stands behind it: it was started without one",
            id="that for https alone is not read",
        ),
        pytest.param(
            "px --server=p:1",
            {},
            {"PX_NOPROXY": "127.0.0.1, *"},
            "px (process 12) listens there, and no proxy stands behind it: `noproxy` has `*` "
            "(`PX_…` of its environment)",
            id="past it for every host",
        ),
        pytest.param(
            "px",
            {USERS: INI.format("")},
            {},
            f"px (process 12) listens there, and no proxy stands behind it: `{USERS}` names none",
            id="an empty server",
        ),
        pytest.param(
            "px --port=3128",
            {},
            {},
            "px (process 12) listens there, and no proxy stands behind it: it was started without one",
            id="nothing at all",
        ),
    ],
)
def test_what_px_is_told_is_read_in_its_order(
    words: str, texts: dict[str, str], variables: dict[str, str], said: str
) -> None:
    assert describe(words, texts, variables) == said


@pytest.mark.parametrize(
    ("words", "texts", "said"),
    [
        pytest.param(
            "cntlm -c own.conf",
            {"/project/own.conf": "Username ada\n# Proxy x:1\nProxy\ta:1\nproxy b:2\n"},
            passes_on("`a:1`, `b:2`", "/project/own.conf", "cntlm"),
            id="its file",
        ),
        pytest.param(
            "cntlm",
            {"/etc/cntlm.conf": "Proxy a:1\n"},
            passes_on("`a:1`", "/etc/cntlm.conf", "cntlm"),
            id="the system's file",
        ),
        pytest.param(
            "cntlm -u ada p.corp.example 8080",
            {},
            passes_on("`p.corp.example:8080`", "its command line", "cntlm"),
            id="its command line",
        ),
        pytest.param(
            "cntlm",
            {"/etc/cntlm.conf": "Username ada\n"},
            "cntlm (process 12) listens there, and no proxy stands behind it: `/etc/cntlm.conf` names none",
            id="none in its file",
        ),
        pytest.param(
            "cntlm",
            {"/etc/cntlm.conf": "Proxy a:1\nNoProxy *, localhost\n"},
            "cntlm (process 12) listens there, and no proxy stands behind it: "
            "`NoProxy` in `/etc/cntlm.conf` has `*`",
            id="past it for every host",
        ),
        pytest.param(
            "cntlm -N localhost,* p.corp.example:8080",
            {},
            "cntlm (process 12) listens there, and no proxy stands behind it: "
            "`-N` of its command line has `*`",
            id="the same on its command line",
        ),
        pytest.param(
            "cntlm p.corp.example 8080 q:3128",
            {"/etc/cntlm.conf": "Proxy a:1\n"},
            passes_on("`p.corp.example:8080`, `q:3128`, `a:1`", "its command line", "cntlm"),
            id="its command line, then its file",
        ),
        pytest.param(
            "cntlm",
            {"/etc/cntlm.conf": "Proxy a:1\nNoProxy localhost, 10.*, *.corp.example\n"},
            passes_on("`a:1`", "/etc/cntlm.conf", "cntlm"),
            id="past it for some",
        ),
        pytest.param(
            "cntlm",
            {},
            "cntlm (process 12) listens there; what stands behind it cannot be read",
            id="a file of somebody else's",
        ),
        pytest.param(
            "alpaca -C http://corp.example/p.pac",
            {},
            "alpaca (process 12) listens there and asks the PAC file `http://corp.example/p.pac` "
            "(its command line)",
            id="alpaca with a PAC file",
        ),
        pytest.param(
            "alpaca -p 3128",
            {},
            "alpaca (process 12) listens there; what stands behind it cannot be read",
            id="alpaca with that of the desktop",
        ),
    ],
)
def test_cntlm_and_alpaca_are_read_too(words: str, texts: dict[str, str], said: str) -> None:
    assert describe(words, texts) == said


def test_the_repr_of_a_process_shows_no_password() -> None:
    listener = Listener(12, ("px", "--password=geheim"), {"PX_PASSWORD": "geheim"}, WORK)
    assert repr(listener) == "Listener(12)"


def test_many_empty_lines_in_a_file_of_px_are_read_soon() -> None:
    texts = {"/project/.env": "\n" * 60_000 + "PX_SERVER = d:4\n"}
    assert describe("px", texts) == passes_on("`d:4`", "`/project/.env`")


def find_entry(words: str, host: str, address: str | None = None, noproxy: str = "") -> str | None:
    """The entry for which a forwarder reaches a host without a proxy; its file has what *noproxy* says."""
    texts = {USERS: f"{INI.format('p:1')}[proxy]\nnoproxy = {noproxy}\n"} if noproxy else {}
    listener = Listener(12, tuple(words.split()), {}, WORK)
    program = find_program_of(listener)
    assert program is not None
    return find_past(program.describe(MadeUpMachine(texts), listener), host, lambda: address)


@pytest.mark.parametrize(
    ("noproxy", "host", "address", "entry"),
    [
        ("corp.example", "corp.example", None, "corp.example"),
        ("a.test;.corp.example", "git.Corp.example", None, ".corp.example"),
        ("corp.example", "evilcorp.example", None, None),
        ("*.corp.example", "git.corp.example", None, None),
        ("10.0.0.0/8", "git.corp.example", "10.1.2.3", "10.0.0.0/8"),
        ("10.0.0.0/8", "git.corp.example", None, None),
        ("10.*.*.*", "git.corp.example", "10.1.2.3", "10.*.*.*"),
        ("10.0.0.1-10.0.0.9", "git.corp.example", "10.0.0.9", "10.0.0.1-10.0.0.9"),
        ("10.0.0.1-10.0.0.9", "git.corp.example", "10.0.0.10", None),
        ("10.1.2.3", "10.1.2.3", "10.1.2.3", "10.1.2.3"),
        ("fd00::/8", "git.corp.example", "10.1.2.3", None),
        ("git-lab.test", "git-lab.test", None, "git-lab.test"),
        ("a.test,*", "git.corp.example", None, None),
    ],
)
def test_what_px_reaches_without_a_proxy(
    noproxy: str, host: str, address: str | None, entry: str | None
) -> None:
    assert find_entry("px", host, address, noproxy) == entry


def test_no_address_is_asked_for_the_loopback_entries_of_a_usual_file() -> None:
    def fail() -> str:
        raise AssertionError

    listener = Listener(12, ("px", "--server=p:1", "--noproxy=localhost,127.0.0.1,::1"), {}, WORK)
    program = find_program_of(listener)
    assert program is not None
    assert find_past(program.describe(MadeUpMachine({}), listener), "index.corp.test", fail) is None


@pytest.mark.parametrize(
    ("host", "entry"), [("git.corp.example", "*.corp.example"), ("10.1.2.3", "10.*"), ("corp.example", None)]
)
def test_what_cntlm_reaches_without_a_proxy(host: str, entry: str | None) -> None:
    assert find_entry("cntlm -N *.corp.example,10.* p:1", host) == entry


def test_a_pattern_of_cntlm_without_end_is_read_soon() -> None:
    with soon(2):  # fnmatch takes the square of the brackets: 7 s
        assert find_entry(f"cntlm -N {'[' * 30_000},10.* p:1", "10.0.0.1") == "10.*"


def test_a_proxy_that_is_named_often_is_read_once() -> None:
    with soon(1):  # each time: 6 s
        assert name_proxies(["b.test:2", *["a.test:1"] * 1_000_000]) == ("b.test:2", "a.test:1")


@pytest.mark.parametrize(
    "words", ["px --pac=own.pac", "alpaca -C own.pac", "px --pac=file:///project/own.pac"]
)
def test_a_pac_file_of_this_machine_is_read(words: str) -> None:
    listener = Listener(12, tuple(words.split()), {}, WORK)
    program = find_program_of(listener)
    assert program is not None
    upstream = program.describe(MadeUpMachine({"/project/own.pac": "script"}), listener).upstream
    assert upstream is not None
    assert upstream.script == "script"


@pytest.mark.parametrize("place", ["file://server.test", "FILE://server.test", "ftp://server.test", "file:."])
@pytest.mark.parametrize("words", ["px --pac={}/own.pac", "alpaca -C {}/own.pac"])
def test_a_pac_file_of_another_machine_is_not_read_below_its_directory(words: str, place: str) -> None:
    listener = Listener(12, tuple(words.format(place).split()), {}, WORK)
    program = find_program_of(listener)
    assert program is not None
    upstream = program.describe(MadeUpMachine({str(WORK / place / "own.pac"): "script"}), listener).upstream
    assert upstream is not None
    assert (upstream.pac, upstream.script) == (f"{place}/own.pac", None)


def test_the_repr_of_what_stands_behind_shows_no_token() -> None:
    assert "geheim" not in repr(Upstream((), "its command line", "http://pac.test/?token=geheim"))
