"""``setup`` where no variable names a proxy, and this machine names a PAC file."""

from __future__ import annotations

import json
import shlex
import sys
from typing import TYPE_CHECKING, Any

import pytest

from proxyenv.cli import run
from support.certificates import make_ca
from support.command import on_a_terminal
from support.pac_cases import make_function

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the desktop is KDE")

ONE = make_function('return host == "index.corp.test" ? "DIRECT" : "PROXY proxy.corp.test:8080"')
BY_THE_CLOCK = make_function('return timeRange(8, 18) ? "DIRECT" : "PROXY p.test:1"')
ALONE = ("--no-check", "--no-from-tools")  # the machine of the test has files of tools
WRITE = ("--yes", "--quiet", *ALONE)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".config").mkdir()
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    return tmp_path


def choose_in_kde(home: Path, script: str, *, kind: int = 2) -> str:
    """Name a PAC file in the settings of the desktop, with a blank in its path."""
    pac = home / "the proxy.pac"
    pac.write_text(script)
    (home / ".config/kioslaverc").write_text(
        f"[Proxy Settings]\nProxyType={kind}\nProxy Config Script={pac}\n", "utf-8"
    )
    return str(pac)


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    run([*arguments, "--output", "json"])
    document: dict[str, Any] = json.loads(capsys.readouterr().out)
    return document


def saved(home: Path) -> str:
    path = home / ".config/proxyenv/proxyenv.toml"
    return path.read_text("utf-8") if path.exists() else ""


def test_the_one_that_is_named_is_followed_where_one_proxy_can(home: Path) -> None:
    pac = choose_in_kde(home, ONE)
    assert run(["setup", *WRITE]) == 0
    assert f'pac = "{pac}"\n' in saved(home)
    assert "http://proxy.corp.test:8080" in (home / ".config/proxyenv/env.list").read_text("utf-8")
    assert run(["setup", *WRITE]) == 0
    assert f'pac = "{pac}"\n' in saved(home)


def test_one_that_no_proxy_can_follow_is_named_with_its_place_and_the_command(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pac = choose_in_kde(home, BY_THE_CLOCK)
    error = answer(capsys, "setup", *WRITE)["errors"][0]
    assert error["code"] == "nothing-found"
    place = f"`Proxy Config Script` in `{home}/.config/kioslaverc`, line 3"
    assert f"a PAC file is named: `{pac}` ({place})" in error["message"]
    assert saved(home) == ""
    _, command, _ = error["hint"].split("`")
    assert command == f"proxyenv setup --pac '{pac}'"
    choose_in_kde(home, ONE)
    assert run([*shlex.split(command)[1:], *WRITE]) == 0
    assert f'pac = "{pac}"\n' in saved(home)


def test_it_says_why_it_is_not_followed(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choose_in_kde(home, BY_THE_CLOCK)
    run(["setup", "--yes", *ALONE])
    assert "the PAC file is not followed: " in capsys.readouterr().err


def test_a_ca_is_set_up_without_it_and_the_plan_names_it(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pac = choose_in_kde(home, BY_THE_CLOCK)
    assert run(["setup", "--ca", "corp.pem", "--yes", *ALONE]) == 0
    assert f"`proxyenv setup --pac '{pac}'` follows it" in " ".join(capsys.readouterr().err.split())
    assert "pac =" not in saved(home)


@pytest.mark.parametrize(
    "given", [("--proxy", "given.test:1"), ("--pac", "other.pac")], ids=["a proxy", "another PAC file"]
)
def test_what_is_given_comes_first(home: Path, given: tuple[str, str]) -> None:
    pac = choose_in_kde(home, ONE)
    (home / "other.pac").write_text(ONE.replace("proxy.corp.test", "given.test"))
    assert run(["setup", *given, *WRITE]) == 0
    assert pac not in saved(home)
    assert "given.test" in (home / ".config/proxyenv/env.list").read_text("utf-8")


def test_refresh_adopts_none(home: Path) -> None:
    assert run(["setup", "--ca", "corp.pem", *WRITE]) == 0
    choose_in_kde(home, ONE)
    assert run(["refresh", "--yes", "--no-check", "--quiet"]) == 0
    assert "pac =" not in saved(home)


def test_automatic_detection_is_named_and_never_followed(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    choose_in_kde(home, ONE, kind=3)
    error = answer(capsys, "setup", *WRITE)["errors"][0]
    assert error["code"] == "nothing-found"
    assert error["message"].endswith(
        f"`ProxyType` in `{home}/.config/kioslaverc`, line 2 leaves the choice to the local network (WPAD)"
    )
    command = "proxyenv setup --wpad"  # typed in `tests/integration/test_wpad.py`
    assert error["hint"] == f"`{command}` shows what the network answers, and asks whether to follow it"


def test_a_person_is_asked(home: Path) -> None:
    pac = choose_in_kde(home, ONE)
    status, said = on_a_terminal(home, "y\ny\n\n\n", "setup", *ALONE)
    assert "no proxy was found, and a PAC file is named: " in said
    assert pac in said
    assert (status, f'pac = "{pac}"\n' in saved(home)) == (0, True)


@pytest.mark.parametrize(
    ("answers", "expected"), [("y\ny\n\n\n", "proxy.corp.test:8080"), ("n\ny\n\n\n", "login.test:1")]
)
def test_a_person_decides_between_it_and_a_proxy_that_counts_less(
    home: Path, answers: str, expected: str
) -> None:
    choose_in_kde(home, ONE)
    place = name_in_login(home)
    status, said = on_a_terminal(home, answers, "setup", *ALONE)
    assert f"a PAC file is named, which counts more than {place}" in " ".join(said.split())
    assert (status, f"http://{expected}" in (home / ".config/proxyenv/env.list").read_text("utf-8")) == (
        0,
        True,
    )


def name_in_login(home: Path) -> str:
    path = home / ".config/environment.d/10-proxy.conf"
    path.parent.mkdir()
    path.write_text("https_proxy=http://login.test:1\n")
    return f"`https_proxy` in `{path}`, line 1"


@pytest.mark.parametrize(
    ("script", "expected"), [(ONE, "http://proxy.corp.test:8080"), (BY_THE_CLOCK, "http://login.test:1")]
)
def test_it_counts_more_than_a_file_of_the_system_where_one_proxy_says_the_same(
    home: Path, capsys: pytest.CaptureFixture[str], script: str, expected: str
) -> None:
    pac = choose_in_kde(home, script)
    name_in_login(home)
    assert run(["setup", "--yes", *ALONE]) == 0
    assert f"HTTPS_PROXY={expected}\n" in (home / ".config/proxyenv/env.list").read_text("utf-8")
    said = " ".join(capsys.readouterr().err.split())
    assert ("the PAC file is not followed" in said) is (script == BY_THE_CLOCK)
    assert (f"a PAC file is named, and not followed: `{pac}`" in said) is (script == BY_THE_CLOCK)


def test_where_the_first_cannot_be_followed_the_next_is_tried(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pac = choose_in_kde(home, ONE)
    first = home / "gnome.pac"
    first.write_text(BY_THE_CLOCK)
    program = home / "bin/gsettings"
    program.parent.mkdir()
    schema = "org.gnome.system.proxy"
    program.write_text(f"#!/bin/sh\necho \"{schema} mode 'auto'\n{schema} autoconfig-url '{first}'\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    monkeypatch.setenv("XDG_CURRENT_DESKTOP", "GNOME")
    assert run(["setup", "--yes", *ALONE]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert said.index(f"it is followed: `{first}`") < said.index(f"it is followed: `{pac}`")
    assert f'pac = "{pac}"\n' in saved(home)
