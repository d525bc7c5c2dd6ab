"""Which running programs have to be started again."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from proxyenv.machine.processes import find_container_daemons, find_prefect_processes

ADA: Final = Path("/home/ada")


def make_process(proc: Path, pid: int, *words: str) -> None:
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "cmdline").write_bytes("".join(f"{word}\0" for word in words).encode())
    (proc / str(pid) / "environ").write_bytes(b"PATH=/bin\0HOME=/home/ada\0")


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        pytest.param(
            ("/venv/bin/python", "/venv/bin/prefect", "worker", "start", "--pool", "a b"),
            ["prefect worker start --pool 'a b'"],
            id="a script of a virtual environment",
        ),
        pytest.param(("python", "-m", "prefect", "server", "start"), ["prefect server start"], id="with -m"),
        pytest.param(
            ("prefect", "worker", "start", "--x", "http://ada:geheim@p:1"),
            ["prefect worker start --x 'http://****@p:1'"],
            id="a password",
        ),
        pytest.param(("prefect.exe", "server", "start"), ["prefect server start"], id="a program of Windows"),
        pytest.param(("prefect", "version"), [], id="another verb"),
        pytest.param(("vi", "prefect", "worker"), [], id="another program"),
        pytest.param(("",), [], id="a thread of the kernel"),
    ],
)
def test_prefects_workers_and_servers_are_found(
    tmp_path: Path, words: tuple[str, ...], shown: list[str]
) -> None:
    make_process(tmp_path, 12, *words)
    found = find_prefect_processes(ADA, proc=tmp_path)
    assert ([each.command for each in found], {each.pid for each in found} <= {12}) == (shown, True)


@pytest.mark.parametrize(
    ("home", "found"),
    [
        pytest.param(ADA, [7], id="the same home"),
        pytest.param(Path("/home/bob"), [], id="another one"),
        pytest.param(None, [7], id="those of all users"),
    ],
)
def test_only_those_of_the_home_that_is_set_up_are_named(
    tmp_path: Path, home: Path | None, found: list[int]
) -> None:
    make_process(tmp_path, 7, "prefect", "worker", "start")
    assert [each.pid for each in find_prefect_processes(home, proc=tmp_path)] == found


def test_dockers_daemons_are_found(tmp_path: Path) -> None:
    make_process(tmp_path, 3, "/usr/bin/containerd", "--log-level", "warn")
    make_process(tmp_path, 2, "/usr/sbin/dockerd", "-H", "fd://")
    make_process(tmp_path, 4, "/usr/bin/docker", "run")
    assert [tuple(each) for each in find_container_daemons(proc=tmp_path)] == [
        (2, "docker"),
        (3, "containerd"),
    ]


def test_where_there_is_no_proc_nothing_is_found(tmp_path: Path) -> None:
    assert find_prefect_processes(ADA, proc=tmp_path / "gone") == ()
