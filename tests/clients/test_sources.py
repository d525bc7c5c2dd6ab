"""Sources of settings, read by us from files that the programs themselves wrote, or beside them."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final

import pytest

from proxyenv.catalog.sources import apt, login
from proxyenv.machine.local import LocalMachine
from support.machine import give_up, require_client
from support.machines import make_host

GENERATOR: Final = Path("/usr/lib/systemd/user-environment-generators/30-systemd-environment-d-generator")

VALUES: Final = [
    "http://p.test:8080",
    '"http://p.test:8080"',
    "'http://p.test:8080'",
    "http://p.test:8080 # not a comment",
    "http://${HOST}:8080",
    "http://$HOST:8080",
    "http://${NONE:-p.test}:8080",
    "${HOST:+http://q.test:1}",
    "http://p.te\\\nst:8080",
    "http://ada:a\\\\b@p.test:1",
    "http://ada:$$x@p.test:1",
    "",
]


def run(*arguments: str, **variables: str) -> str:
    done = subprocess.run(
        arguments,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **variables},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    return done.stdout


@pytest.mark.parametrize("value", VALUES)
def test_environment_d_is_read_as_systemd_does(tmp_path: Path, value: str) -> None:
    if not GENERATOR.exists():
        give_up(f"{GENERATOR} is not here")
    directory = tmp_path / ".config/environment.d"
    directory.mkdir(parents=True)
    (directory / "10-host.conf").write_text("HOST=p.test\n", "utf-8")
    (directory / "20-proxy.conf").write_text(f"https_proxy={value}\n", "utf-8")
    said = run(str(GENERATOR), HOME=str(tmp_path))
    line = next((line for line in said.splitlines() if line.startswith("https_proxy=")), "https_proxy=")
    theirs = line.partition("=")[2].strip('"').replace("\\\\", "\\").replace("\\$", "$")
    machine = LocalMachine(make_host(home=tmp_path), root=tmp_path)
    ours = next((each.value for _, each in login.read(machine).proxies), "")
    assert ours == theirs


def test_apt_merges_its_files_as_apt_does(tmp_path: Path) -> None:
    program = require_client("apt-config")
    parts = tmp_path / "etc/apt/apt.conf.d"
    parts.mkdir(parents=True)
    (parts / "10a").write_text('Acquire::http::Proxy "http://a.test:1";\n', "utf-8")
    (parts / "20b").write_text(
        'Acquire { http { Proxy "http://b.test:2"; Proxy::c.test "DIRECT"; }; https::Proxy "DIRECT"; };\n',
        "utf-8",
    )
    (tmp_path / "etc/apt/apt.conf").write_text("#clear Acquire::https::Proxy;\n", "utf-8")
    where = tmp_path / "where.conf"
    where.write_text(f'Dir "{tmp_path}";\n', "utf-8")
    said = run(program, "dump", "--format", "%f=%v%n", APT_CONFIG=str(where))
    theirs = dict(line.partition("=")[::2] for line in said.splitlines() if "::Proxy" in line)
    found = apt.read(LocalMachine(make_host(home=tmp_path), root=tmp_path))
    ours = {each.provenance.split("`")[1]: each.value for _, each in found.proxies}
    assert ours == {"Acquire::http::Proxy": theirs["Acquire::http::Proxy"]}
    assert theirs["Acquire::http::Proxy::c.test"] == "DIRECT"
    assert [each.value for each in found.no_proxy] == ["c.test"]
    assert found.direct == ()
    assert theirs["Acquire::https::Proxy"] == ""
