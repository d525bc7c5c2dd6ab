"""The lists, by the programs that read them: every value byte for byte."""

from __future__ import annotations

import http.server
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import threading
from pathlib import Path
from typing import Final

import pytest

from proxyenv.catalog.env_formats import find_format
from proxyenv.catalog.env_formats.docker import render_env_list
from proxyenv.model.target import Variable
from support.env_readers import ReadError, read_docker_list
from support.machine import require_client
from support.mounts import may_mount

assert sys.platform != "win32"  # which has no such sockets


ONE_LINE: Final = {
    "blank": " two  words ",
    "single quotes": "'it's'",
    "double quotes": '"x"',
    "curly quotes": "\u2018x\u2019 \u201cy\u201d",
    "command": "$(touch executed)`touch executed`",
    "variable": "$HOME ${HOME} $$",
    "backslash": "a\\b\\",
    "history": "a!b!!",
    "semicolon": "; touch executed",
    "tab": "\ta\tb",
    "letters": "h\u00e9 \u65e5\u672c",
    "hash": "#x #y",
    "glob": "* ? [a]",
    "hyphen": "-n",
    "percent": "%PATH% %h %%",
    "assignment": "A=b",
    "empty": "",
    "long": "x" * 60_000,
}
ONE_LINE_WITHOUT_TAB: Final = {name: value for name, value in ONE_LINE.items() if "\t" not in value}
SEVERAL: Final = {**ONE_LINE, "line break": "a\nb\n", "longer": "y" * 100_000}
SYSTEMD: Final = "/usr/lib/systemd/systemd"
GENERATOR: Final = "/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator"


def render_as(name: str, variables: tuple[Variable, ...]) -> str:
    known = find_format(name)
    assert known is not None
    return known.render(variables, "linux")


def named(values: dict[str, str]) -> tuple[Variable, ...]:
    return tuple(Variable(f"V{number}", value) for number, value in enumerate(values.values()))


def expected(variables: tuple[Variable, ...]) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in variables}


class Daemon(http.server.BaseHTTPRequestHandler):
    """As much of Docker's daemon as `docker create` talks to; it keeps the environment that it is sent."""

    def do_GET(self) -> None:
        self.answer(200, {"ApiVersion": "1.41", "Version": "20"})

    do_HEAD = do_GET  # noqa: N815 - the name that http.server looks for

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.seen = body["Env"]  # type: ignore[attr-defined]
        self.answer(201, {"Id": "1", "Warnings": []})

    def answer(self, status: int, document: object) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Api-Version", "1.41")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def address_string(self) -> str:
        return "client"

    def log_message(self, *_arguments: object) -> None:
        pass


def ask_docker(directory: Path, content: bytes) -> dict[str, str]:
    """What the Docker client sends to its daemon for a list."""
    docker = shutil.which("docker")
    if docker is None:
        pytest.skip(
            "`docker` is not installed, and 150 MB are too much for CI: the reader of its grammar is tested"
        )
    (directory / "list").write_bytes(content)
    with socketserver.ThreadingUnixStreamServer(str(directory / "d"), Daemon) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        done = subprocess.run(
            [docker, "-H", f"unix://{directory}/d", "create", "--pull=never", "--env-file", "list", "image"],
            cwd=directory,
            env={"PATH": "/usr/bin:/bin", "HOME": str(directory), "INHERITED": "yes"},
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        server.shutdown()
    if done.returncode != 0:
        raise ReadError(done.stderr)
    seen: list[str] = server.seen  # type: ignore[attr-defined]
    return dict(entry.split("=", 1) for entry in seen)


def test_docker_has_every_value(tmp_path: Path) -> None:
    variables = named(ONE_LINE)
    assert ask_docker(tmp_path, render_env_list(variables).encode()) == expected(variables)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xef\xbb\xbfA=1\n", id="byte order mark"),
        pytest.param(b"# A=0\n  # B=0\n\n \t\nC=1\n", id="comments"),
        pytest.param(b"A='x' #y \n \tB=2", id="quotes and blanks"),
        pytest.param(b"INHERITED\nMISSING\n", id="names alone"),
        pytest.param(b"A=1\r\nB=2\r\r\n", id="CRLF"),
        pytest.param("\u00a0A=1\n\u3000B=2\n".encode(), id="blanks of other scripts"),
        pytest.param(b"A=" + b"x" * 65533 + b"\nB=1", id="the longest line"),
        pytest.param(b"A=" + b"x" * 65534 + b"\nB=1", id="too long"),
        pytest.param(b"A=\xff\n", id="not UTF-8"),
        pytest.param(b"A =1\n", id="blank after a name"),
        pytest.param(b"=1\n", id="no name"),
    ],
)
def test_our_reader_of_docker_lists_reads_as_docker_does(content: bytes, tmp_path: Path) -> None:
    try:
        seen: dict[str, str] | None = ask_docker(tmp_path, content)
    except ReadError:
        seen = None
    try:
        ours: dict[str, str] | None = read_docker_list(content, {"INHERITED": "yes"})
    except ReadError:
        ours = None
    assert ours == seen


UNIT: Final = """\
[Unit]
DefaultDependencies=no
[Service]
Type=oneshot
EnvironmentFile={directory}/list
ExecStart=/bin/sh -c 'env -0 >{directory}/seen'
ExecStopPost=/bin/kill -s RTMIN+4 1
"""
BOOT: Final = """\
set -e
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/system
mount -t cgroup2 cgroup2 /sys/fs/cgroup
cp "$1/probe.service" /run/systemd/system
exec env -i container=test /usr/lib/systemd/systemd --unit=probe.service --log-target=null --show-status=0
"""


def boot(directory: Path) -> dict[str, str]:
    """The variables `V…` that `probe.service` has where systemd is the first process of its namespaces."""
    spaces = ("--mount", "--pid", "--cgroup", "--fork", "--kill-child", "--mount-proc")
    done = subprocess.run(
        [require_client("unshare"), *spaces, "sh", "-c", BOOT, "sh", str(directory)],
        env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"},
        capture_output=True,
        timeout=120,
        check=False,
    )
    if b"mount" in done.stderr:
        pytest.skip("needs a tree of control groups of its own")
    return dict(
        entry.split("=", 1)
        for entry in (directory / "seen").read_text("utf-8").split("\0")
        if entry[:1] == "V"
    )


def test_systemd_has_every_value_of_an_environment_file(tmp_path: Path) -> None:
    """It runs as the first process of namespaces of its own, and ends when the service has."""
    if not may_mount():
        pytest.skip("needs root and mounts of its own")
    require_client(SYSTEMD)
    variables = named(SEVERAL)
    (tmp_path / "list").write_text(render_as("systemd", variables), "utf-8", newline="")
    (tmp_path / "probe.service").write_text(UNIT.format(directory=tmp_path))
    seen = boot(tmp_path)
    assert seen == expected(variables)
    assert not (tmp_path / "executed").exists()


def test_systemd_has_every_value_of_a_unit(tmp_path: Path) -> None:
    """The unit of a worker, verified as it is, and run with another command in its place."""
    analyze = require_client("systemd-analyze")
    variables = (*named(ONE_LINE_WITHOUT_TAB), Variable("GONE", None))
    text = render_as("systemd-unit", variables)
    (tmp_path / "worker.service").write_text(text, "utf-8", newline="")
    done = subprocess.run(
        [analyze, "--user", "verify", str(tmp_path / "worker.service")],
        env={"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    if not may_mount():
        pytest.skip("needs root and mounts of its own")
    command = f"/bin/sh -c 'env -0 >{tmp_path}/seen'\nExecStopPost=/bin/kill -s RTMIN+4 1"
    probe = text.replace("/usr/bin/env prefect worker start --pool default", command)
    probe = probe.replace("Restart=on-failure\nRestartSec=10\n", "Type=oneshot\nEnvironment=GONE=here\n")
    probe = re.sub("(?m)^(Wants|After)=.*\n", "DefaultDependencies=no\n", probe)
    (tmp_path / "probe.service").write_text(probe, "utf-8", newline="")
    assert boot(tmp_path) == {each.name: each.value for each in variables if each.value is not None}
    assert "GONE" not in (tmp_path / "seen").read_text("utf-8")


def test_environment_d_has_every_value(tmp_path: Path) -> None:
    generator = require_client(GENERATOR)
    variables = named({name: value for name, value in SEVERAL.items() if value and "$" not in value})
    (tmp_path / "environment.d").mkdir()
    text = render_as("environment.d", variables)
    (tmp_path / "environment.d/proxyenv.conf").write_text(text, "utf-8", newline="")
    done = subprocess.run(
        [generator],
        env={"XDG_CONFIG_HOME": str(tmp_path), "HOME": str(tmp_path), "LANG": "C.UTF-8"},
        capture_output=True,
        check=True,
    )
    assert read_generated(done.stdout.decode()) == expected(variables)


def read_generated(output: str) -> dict[str, str]:
    """What a generator prints for the manager that started it: C escapes, quotes where they are needed."""
    lines = (line.split("=", 1) for line in output.splitlines() if line.startswith("V"))
    words = {name: word[1:-1] if word[:1] == '"' else word for name, word in lines}
    meanings = {"t": "\t", "n": "\n"}
    return {
        name: re.sub(r"\\(.)", lambda found: meanings.get(found[1], found[1]), word)
        for name, word in words.items()
    }


def test_direnv_has_every_value_and_gives_back_what_was_there(tmp_path: Path) -> None:
    direnv = require_client("direnv")
    variables = (*named(SEVERAL), Variable("GONE", None), Variable("KEPT", "new"))
    (tmp_path / "outside").mkdir()
    (tmp_path / "project").mkdir()
    (tmp_path / "project/.envrc").write_text(render_as("direnv", variables), "utf-8", newline="")
    before = {"PATH": os.defpath, "HOME": str(tmp_path), "GONE": "was here", "KEPT": "old"}

    def ask(directory: str, environment: dict[str, str]) -> dict[str, str | None]:
        done = subprocess.run(
            [direnv, "export", "json"],
            cwd=tmp_path / directory,
            env=environment,
            capture_output=True,
            check=True,
        )
        changes: dict[str, str | None] = json.loads(done.stdout or b"{}")
        return changes

    subprocess.run([direnv, "allow"], cwd=tmp_path / "project", env=before, capture_output=True, check=True)
    changes = ask("project", before)
    assert {name: value for name, value in changes.items() if not name.startswith("DIRENV")} == expected(
        variables
    )
    inside = {**before, **{name: value for name, value in changes.items() if value is not None}}
    del inside["GONE"]
    back = ask("outside", inside)
    assert (back["GONE"], back["KEPT"], back["V0"]) == ("was here", "old", None)
    assert not (tmp_path / "project/executed").exists()
