"""What stands behind a forwarder, by its arguments, variables and files."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxyenv.catalog.forwarders import find_program_of
from proxyenv.model.forwarder import Listener
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
            {"HTTPS_PROXY": "http://ada:geheim@p:1"},
            passes_on("`p:1`", "`HTTPS_PROXY` of its environment"),
            id="without any, the proxy of its environment",
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
            "`/etc/cntlm.conf` has `NoProxy *`",
            id="past it for every host",
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
