"""Where the password of the proxy's user comes from, and where it is said that it will be written."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Final

import pytest

import proxyenv
from proxyenv.cli import run
from proxyenv.formats.configuration import parse_configuration
from support.command import environment_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USER: Final = "ada@proxy.corp.test:3128"
QUIET: Final = ("--yes", "--no-check", "--no-rc", "--quiet")
HARD: Final = "pa ss\"`'$(id)\\ü%41"
ENCODED: Final = "pa%20ss%22%60%27%24%28id%29%5C%C3%BC%2541"

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and terminals of POSIX")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, content: str | bytes, mode: int = 0o600) -> Path:
    path = Path(name).absolute()
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    path.chmod(mode)
    return path


def saved(home: Path) -> str:
    return (home / ".config/proxyenv/proxyenv.toml").read_text("utf-8")


def exported(home: Path) -> str:
    text = (home / ".config/proxyenv/env.sh").read_text("utf-8")
    return text.partition("_proxyenv_set HTTPS_PROXY ")[2].partition("\n")[0]


def test_a_file_gives_the_password_and_refresh_reads_it_again(home: Path) -> None:
    path = write("secret", f"{HARD}\n")
    assert run(["setup", "--proxy", USER, "--proxy-password-file", "secret", *QUIET]) == 0
    assert exported(home) == f"http://ada:{ENCODED}@proxy.corp.test:3128"
    assert f'password_file = "{path}"\n' in saved(home)
    path.write_text("successor\r\n")
    assert run(["refresh", "--yes", "--no-check", "--quiet"]) == 0
    assert exported(home) == "http://ada:successor@proxy.corp.test:3128"


def test_a_variable_gives_the_password(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORP_PASSWORD", HARD)
    assert run(["setup", "--proxy", USER, "--proxy-password-env", "CORP_PASSWORD", *QUIET]) == 0
    assert exported(home) == f"http://ada:{ENCODED}@proxy.corp.test:3128"
    assert 'password_env = "CORP_PASSWORD"\n' in saved(home)
    assert parse_configuration(saved(home), source="it").proxy_password_env == "CORP_PASSWORD"


def test_what_is_out_of_reach_at_a_refresh_stays_and_is_said(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CORP_PASSWORD", "one")
    assert run(["setup", "--proxy", USER, "--proxy-password-env", "CORP_PASSWORD", *QUIET]) == 0
    monkeypatch.delenv("CORP_PASSWORD")
    assert run(["refresh", "--yes", "--no-check"]) == 0
    assert (
        "note: the variable `CORP_PASSWORD` that `proxy.password_env` in `proxyenv.toml` names is not set; "
        "the password that is written stays\n"
    ) in capsys.readouterr().err
    assert exported(home) == "http://ada:one@proxy.corp.test:3128"


def test_a_later_source_takes_the_place_of_an_earlier_one(home: Path) -> None:
    write("secret", "one")
    second = write("second", "two")
    assert run(["setup", "--proxy", USER, "--proxy-password-file", "secret", *QUIET]) == 0
    assert run(["setup", "--proxy-password-file", "second", *QUIET]) == 0
    assert exported(home) == "http://ada:two@proxy.corp.test:3128"
    assert saved(home).count("password_file") == 1
    assert f'password_file = "{second}"\n' in saved(home)
    assert run(["setup", "--proxy", "http://bob:three@proxy.corp.test:3128", *QUIET]) == 0
    assert exported(home) == "http://bob:three@proxy.corp.test:3128"
    assert "password_file" not in saved(home)


def test_an_empty_password_can_be_said(home: Path) -> None:
    assert run(["setup", "--proxy", "ada:@proxy.corp.test:3128", *QUIET]) == 0
    assert exported(home) == "http://ada:@proxy.corp.test:3128"


def test_a_user_without_a_password_is_kept_as_a_password_is(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["setup", "--proxy", "Zq7vXj3:@proxy.corp.test:3128", "--yes", "--no-check", "--no-rc"]
    assert run(arguments) == 0
    said = capsys.readouterr()
    assert "http://****:@proxy.corp.test:3128" in said.out + said.err
    assert "Zq7vXj3" not in said.out + said.err
    holding = {path for path in home.rglob("*") if path.is_file() and b"Zq7vXj3" in path.read_bytes()}
    assert {"env.sh", "env.bat", "proxyenv.toml"} <= {path.name for path in holding}
    assert {path.stat().st_mode & 0o777 for path in holding} == {0o600}
    assert run(["env", "--format", "github"]) == 3
    assert "error[password-refused]" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("content", "mode", "complaint", "hint"),
    [
        pytest.param("one\n", 0o644, "others can read it: its mode is 0644", "chmod 600", id="open to all"),
        pytest.param("one\n", 0o640, "others can read it: its mode is 0640", "chmod 600", id="to a group"),
        pytest.param("one\ntwo\n", 0o600, "has several lines", "one line", id="several lines"),
        pytest.param("", 0o600, "has no password", "one line", id="empty"),
        pytest.param("\n", 0o600, "has no password", "one line", id="only a line break"),
        pytest.param(b"\xff\n", 0o600, "is not UTF-8", "--proxy-password-env", id="bytes"),
        pytest.param("x" * 65537, 0o600, "cannot be read", "--proxy-password-env", id="endless"),
        pytest.param("a\tb", 0o600, "control character", "", id="control character"),
        pytest.param("****", 0o600, "where it is masked", "write the password itself", id="a mask"),
    ],
)
def test_a_file_that_cannot_be_relied_on_is_refused(
    capsys: pytest.CaptureFixture[str], content: str | bytes, mode: int, complaint: str, hint: str
) -> None:
    write("secret", content, mode)
    assert run(["setup", "--proxy", USER, "--proxy-password-file", "secret", *QUIET]) in {2, 3}
    said = capsys.readouterr().err
    assert complaint in said
    assert hint in said
    assert not Path(".config").exists()


def test_the_hint_of_an_open_file_closes_it(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write("se cret", "one\n", 0o644)
    arguments = ["setup", "--proxy", USER, "--proxy-password-file", "se cret", *QUIET]
    assert run(arguments) == 3
    assert f"hint: `chmod 600 '{path}'`\n" in capsys.readouterr().err
    path.chmod(0o600)
    assert run(arguments) == 0


def test_a_pipe_and_a_directory_are_no_files(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "there").mkdir(mode=0o700)
    assert run(["setup", "--proxy", USER, "--proxy-password-file", "there", *QUIET]) == 3
    assert run(["setup", "--proxy", USER, "--proxy-password-file", "gone", *QUIET]) == 3
    said = capsys.readouterr().err
    assert "it is a directory" in said
    assert "the file that `--proxy-password-file` names does not exist" in said


@pytest.mark.parametrize("scheme", ["", "http://"])
def test_a_user_without_a_password_is_an_error_where_nobody_can_be_asked(
    scheme: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # a URL's user may be a token, so neither says it
    assert run(["setup", "--proxy", f"{scheme}{USER}", *QUIET]) == 2
    assert capsys.readouterr().err == (
        "error[proxy-password]: the user at `proxy.corp.test:3128` has no password here, and nobody can be "
        "asked for it\n\nhint: `--proxy-password-file FILE` or `--proxy-password-env NAME` says where it "
        "is; a user without one is `USER:@HOST:PORT`\n"
    )


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param(("--proxy", "proxy.corp.test:3128"), "nothing says whose it is", id="no user"),
        pytest.param((), "nothing says whose it is", id="no proxy"),
        pytest.param(("--proxy", "ada:x@proxy.corp.test:3128"), "both give a password", id="two passwords"),
        pytest.param(
            ("--http-proxy", "ada@a.corp.test:1", "--https-proxy", "bob@b.corp.test:1"),
            "several users",
            id="two users",
        ),
        pytest.param(("--proxy", USER, "--proxy-password-env", "X"), "not allowed with", id="two sources"),
    ],
)
def test_options_that_contradict_each_other_are_refused(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], complaint: str
) -> None:
    write("secret", "one")
    assert run(["setup", *arguments, "--proxy-password-file", "secret", *QUIET]) == 2
    assert complaint in capsys.readouterr().err


def test_a_password_in_a_url_is_remarked_upon(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["diff", "--proxy", "http://ada:geheim@proxy.corp.test:3128"]) == 1
    said = capsys.readouterr().err
    assert (
        "note: `--proxy` was given with its password, which the shell's history and the list of processes "
        "show; `USER@HOST:PORT` asks, `--proxy-password-file FILE` reads it\n"
    ) in said
    assert "geheim" not in said


@contextmanager
def asked_on_a_terminal(
    home: Path, *arguments: str
) -> Iterator[tuple[subprocess.Popen[bytes], Callable[[str], int]]]:
    """A process with a terminal to answer on, and what types there; nobody else's terminal is asked."""
    controller, terminal = os.openpty()  # type: ignore[attr-defined,unused-ignore]  # no Windows
    path = str(Path(proxyenv.__file__).parents[1])
    with subprocess.Popen(
        [sys.executable, "-m", "proxyenv", *arguments],
        cwd=home,
        env=environment_of(home, PYTHONPATH=path),
        stdin=terminal,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        try:
            yield process, lambda text: os.write(controller, text.encode())
        finally:
            process.kill()
            os.close(controller)
            os.close(terminal)


def read_until(stream: IO[bytes], end: str) -> str:
    said = b""
    while not said.endswith(end.encode()):
        letter = stream.read(1)
        assert letter, said
        said += letter
    return said.decode()


def test_a_password_is_asked_for_on_a_terminal(tmp_path: Path) -> None:
    with asked_on_a_terminal(tmp_path, "setup", "--proxy", USER, "--no-check", "--no-rc") as (process, type_):
        assert process.stderr is not None
        assert read_until(process.stderr, ":3128`: ") == "Password of `ada` at `proxy.corp.test:3128`: "
        type_("geheim\n")
        read_until(process.stderr, "[Y/n] ")
        type_("y\n")
        rest = process.stderr.read().decode()
        assert process.wait() == 0
    assert "geheim" not in rest
    assert exported(tmp_path) == "http://ada:geheim@proxy.corp.test:3128"


def test_the_plan_says_which_files_will_hold_the_password(capsys: pytest.CaptureFixture[str]) -> None:
    write("secret", "geheim")
    given = ("--proxy", USER, "--proxy-password-file", "secret", "--configure", "gradle")
    assert run(["setup", *given, "--yes", "--no-check", "--no-rc", "--output", "json"]) == 0
    said = capsys.readouterr()
    assert re.search(
        "the proxy's password is written to files of mode 0600: `env.sh`, .*`proxyenv.toml` in "
        "`~/.config/proxyenv`; `gradle.properties` in `~/.gradle`\n",
        said.err,
    )
    changes = json.loads(said.out)["data"]["changes"]
    modes = {Path(each["path"]).name: each.get("password") for each in changes}
    assert (modes["env.sh"], modes["gradle.properties"]) == ("0600", "0600")
    assert modes["profiles.toml"] is None
    for each in changes:
        path = Path(each["path"])
        assert ("geheim" in path.read_text("utf-8")) is ("password" in each), path
        assert "password" not in each or path.stat().st_mode & 0o777 == 0o600


def test_copies_without_a_password_are_not_said_to_hold_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["setup", "--proxy", "proxy.corp.test:3128", *QUIET]) == 0
    assert run(["setup", "--proxy", "proxy.corp.test:3129", "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert "previous: only its owner may read it, not shown\n" in said
    assert "holds a password" not in said
