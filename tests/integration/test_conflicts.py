"""Conflicting settings: the command that a finding names, run by the real tool, makes the finding go away."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from support.command import environment_of, proxyenv
from support.machine import AS_FOUND, require_client
from support.tree import snapshot

if TYPE_CHECKING:
    from support.native_clients import Tools

PROXY: Final = "http://proxy.corp.test:3128"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home of ada"
    home.mkdir()
    return home


def find(home: Path, **variables: str) -> list[dict[str, Any]]:
    """What is found below the home: the machine may have settings of its own."""
    done = proxyenv("discover", "--proxy", PROXY, "--output", "json", home=home, **variables)
    assert done.status == 0, done.err
    return [each for each in done.json["data"]["stale_settings"] if str(home) in each["provenance"]]


def follow(home: Path, command: str, **variables: str) -> None:
    """Run it as a person would, in a shell; `sudo` is not needed below a home."""
    done = subprocess.run(
        ["/bin/sh", "-c", command.removeprefix("sudo ")], env=environment_of(home, **variables), cwd=home,
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


GIT: Final = """\
[user]
\tname = ada # mine
[http]
\tsslVerify = false
\tsslVerify = 0
\tsslCAInfo = /gone/corp.pem
\tproxy = http://ada:secret@old.corp.test:1
[http "https://git.corp.test/a b"]
\tsslVerify = no
"""
CURL: Final = (
    "# mine\n--insecure\nproxy = http://ada:secret@old:1\r\n"
    "cacert = /gone.pem\n-k\nsilent\nproxy-header = x\n"
)
WGET: Final = "quiet = on\nca-certificate = /gone\ncheck_certificate=off\n  https_proxy = http://old:1\n"
CARGO: Final = '[http]\ncainfo = "/gone" # c\nmultiplexing = true\n[net]\ncainfo = "other"\n'
PIP: Final = "[global]\ncert = /gone\ntimeout = 9\n[install]\ntrusted-host =\n    a\n    b\n"


@pytest.mark.parametrize(
    ("program", "name", "text", "count", "rest"),
    [
        pytest.param("git", ".gitconfig", GIT, 4, "[user]\n\tname = ada # mine\n", id="git"),
        pytest.param("git", ".config/git/config", GIT, 4, "[user]\n\tname = ada # mine\n", id="git by XDG"),
        pytest.param("sed", ".curlrc", CURL, 3, "# mine\nsilent\nproxy-header = x\n", id="curl"),
        pytest.param("sed", ".wgetrc", WGET, 3, "quiet = on\n", id="wget"),
        pytest.param(
            "sed", ".yarnrc", '"cafile" "/gone"\nstrict-ssl false\nlastUpdateCheck 1\n', 2,
            "lastUpdateCheck 1\n", id="the first yarn",
        ),
        pytest.param(
            "sed", ".config/pnpm/rc", "strict-ssl=false\ncafile=/gone\ncolor=never\n", 2, "color=never\n",
            id="pnpm",
        ),
        pytest.param(
            "sed", ".cargo/config.toml", CARGO, 1, '[http]\nmultiplexing = true\n[net]\ncainfo = "other"\n',
            id="cargo",
        ),
        pytest.param(
            "git", ".gitconfig", "[user]\n\tname = a\n[http]\n\tproxy\n\tsslVerify\n", 1,
            "[user]\n\tname = a\n[http]\n\tsslVerify\n", id="git's proxy without a value",
        ),
        pytest.param(
            "sed", ".pip/pip.conf", PIP.replace("trusted-host =\n    a\n    b\n", "trusted_host = a\n"), 2,
            "[global]\ntimeout = 9\n[install]\n", id="pip's old file",
        ),
    ],
)  # fmt: skip
def test_the_command_removes_it_and_leaves_the_rest(  # noqa: PLR0917 - one row of the table
    home: Path, program: str, name: str, text: str, count: int, rest: str
) -> None:
    require_client(program)
    path = write(home / name, text)
    found = find(home)
    assert len(found) == count
    assert "secret" not in repr(found)
    for command in {each["mend"]: None for each in found}:
        follow(home, command)
    assert find(home) == []
    assert path.read_text() == rest


def test_pip_removes_its_own(home: Path) -> None:
    """By the command of the Python that the tests run with."""
    path = write(home / ".config/pip/pip.conf", PIP)
    for each in find(home):
        program, _, arguments = each["mend"].partition(" ")
        assert program == "pip"
        follow(home, f"{shlex.quote(shutil.which('python') or '')} -m pip {arguments}", PATH=AS_FOUND["PATH"])
    assert find(home) == []
    assert "timeout" in path.read_text()


def test_npm_mends_its_own(home: Path) -> None:
    npm = require_client("npm")
    path = write(
        home / ".npmrc", "fund=false\nstrict-ssl=false\ncafile=/gone\nhttps-proxy=http://old.corp.test:1\n"
    )
    bin_ = {"PATH": f"{Path(npm).parent}:/usr/bin:/bin"}
    found = find(home)
    assert len(found) == 3
    for each in found:
        follow(home, each["mend"], **bin_)
    assert (find(home), path.read_text()) == ([], "fund=false\n")


def test_npm_mends_the_file_of_the_system(home: Path) -> None:
    """At another place than the machine's own."""
    npm = require_client("npm")
    path = write(home / "node/etc/npmrc", "fund=false\nstrict-ssl=false\n")
    place = {"NPM_CONFIG_GLOBALCONFIG": str(path)}
    (found,) = find(home, **place)
    assert "--location=global" in found["mend"]
    follow(home, found["mend"], PATH=f"{Path(npm).parent}:/usr/bin:/bin")
    assert (find(home, **place), path.read_text()) == ([], "fund=false\n")


def test_yarn_mends_its_own(home: Path, tools: Tools) -> None:
    path = write(
        home / ".yarnrc.yml", "enableStrictSsl: false\nhttpsCaFilePath: /gone\nenableTelemetry: false\n"
    )
    found = find(home)
    assert len(found) == 2
    for each in found:
        arguments = each["mend"].removeprefix("yarn ")
        follow(home, f"{shlex.join((tools.node_24, tools.yarn_4))} {arguments}")
    assert find(home) == []
    assert path.read_text() == "enableTelemetry: false\n"


def test_nothing_is_changed_by_looking(home: Path) -> None:
    write(home / ".gitconfig", GIT)
    write(home / ".npmrc", "strict-ssl=false\n")
    before = snapshot(home)
    assert len(find(home)) == 5
    assert snapshot(home) == before
