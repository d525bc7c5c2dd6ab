from __future__ import annotations

import errno
import os
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest

from proxyenv.bounded import (
    find_below,
    list_directory,
    open_file,
    read_content,
    read_open,
    read_start,
    resolve_path,
    run_program,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="programs of POSIX")

HERE = {"PATH": "/usr/bin:/bin"}


def test_a_file_is_read_up_to_its_limit(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(b"x" * 2048)
    assert len(read_content(file, limit=2048)) == 2048
    with pytest.raises(OSError, match="it is larger than 1 kiB"):
        read_content(file, limit=2047)


def test_a_file_that_is_too_large_is_not_read_at_all(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.truncate(tmp_path / "file", 1 << 40)
    with pytest.raises(OSError, match="it is larger than 1024 MiB"):
        read_content(tmp_path / "file", limit=1 << 30)


@pytest.mark.parametrize(
    ("path", "seen"),
    [
        ("/usr/bin:/bin", "/usr/bin:/bin"),
        (".::bin:/usr/bin:", "/usr/bin"),
        (":.", "/bin:/usr/bin"),
        ("", "/bin:/usr/bin"),
    ],
)
def test_a_program_finds_others_by_absolute_directories_alone(path: str, seen: str) -> None:
    shown = run_program(("/bin/sh", "-c", 'echo "$PATH"'), environment={"PATH": path}, seconds=20)
    assert shown.stdout.decode() == f"{seen}\n"


def test_a_program_imports_by_absolute_directories_alone() -> None:
    command = ("/bin/sh", "-c", 'echo "<$PYTHONPATH>"')
    for given, seen in ((":/opt/lib:src", b"</opt/lib>\n"), (":", b"<>\n")):
        assert run_program(command, environment={"PYTHONPATH": given}, seconds=20).stdout == seen


def test_a_program_runs_in_no_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    command = ("/bin/sh", "-c", "pwd")
    assert run_program(command, environment=HERE, seconds=20).stdout == b"/\n"
    assert run_program(command, environment=HERE, seconds=20, directory=tmp_path).stdout == os.fsencode(
        f"{tmp_path}\n"
    )


def test_an_error_that_is_kept_keeps_nothing_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 9000)
    with (
        (tmp_path / "file").open("rb", buffering=0) as file,
        pytest.raises(OSError, match="larger") as caught,
    ):
        read_open(file, "file", limit=8192)
    frames = [frame.f_locals for frame, _ in traceback.walk_tb(caught.tb)]
    assert [len(frame["found"]) for frame in frames if "found" in frame] == [0]


def test_what_takes_the_place_of_a_file_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe that nobody writes to would be taken for an empty file."""
    file, opened = tmp_path / "file", os.open
    file.write_bytes(b"x")

    def change(path: Path, flags: int) -> int:
        path.unlink()
        if sys.platform != "win32":
            os.mkfifo(path)
        return opened(path, flags)

    monkeypatch.setattr("os.open", change)
    with pytest.raises(OSError, match="not a regular file"):
        read_content(file)


@pytest.mark.parametrize("path", ["/dev/zero", "/proc/kmsg", "/"])
def test_what_is_no_file_is_not_read(path: str) -> None:
    with pytest.raises(OSError):  # noqa: PT011 - each says its own
        read_content(Path(path), limit=1024)


@pytest.mark.parametrize("name", ["a\0b", "a\ud800b"])
def test_a_name_that_no_file_can_have_is_no_file(tmp_path: Path, name: str) -> None:
    for read in (read_content, list_directory, resolve_path):
        with pytest.raises(OSError, match="no file can have such a name") as caught:
            read(tmp_path / name)
        assert caught.value.errno == errno.EINVAL


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        read_content(tmp_path / "pipe")


def test_a_pipe_that_is_asked_for_is_read_to_its_end(tmp_path: Path) -> None:
    """As of `<(docker save app)`; one that nobody writes to ends at once."""
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
    with open_file(tmp_path / "pipe", pipe=True) as file:
        assert file.read() == b""
    writer = os.open(tmp_path / "pipe", os.O_RDWR)  # as a shell has opened it before

    def write() -> None:
        os.write(writer, b"late")
        os.close(writer)

    with open_file(tmp_path / "pipe", pipe=True) as file:
        threading.Timer(0.2, write).start()
        assert file.readall() == b"late"


def test_a_start_is_read_of_what_is_larger(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    os.truncate(tmp_path / "file", 1 << 40)
    assert read_start(tmp_path / "file", most=3) == bytes(3)
    with pytest.raises(OSError, match="not a regular file"):
        read_start("/dev/zero", most=3)


def test_a_directory_is_listed_up_to_its_limit(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / str(number)).touch()
    assert sorted(path.name for path in list_directory(tmp_path, most=5)) == ["0", "1", "2", "3", "4"]
    with pytest.raises(OSError, match="more than 4 entries") as caught:
        list_directory(tmp_path, most=4)
    assert caught.value.errno == errno.EFBIG


def test_a_pattern_is_looked_for_up_to_a_number_of_entries(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"certs/{number}").mkdir(parents=True)
        (tmp_path / f"certs/{number}/README").touch()
    (tmp_path / "certs/4/corp.crt").touch()
    # eleven entries, each of them once for its directories and once for its files
    assert find_below(tmp_path, "certs/**/*.crt", most=22) == (tmp_path / "certs/4/corp.crt",)
    with pytest.raises(OSError, match="more than 21 entries below it") as caught:
        find_below(tmp_path, "certs/**/*.crt", most=21)
    assert caught.value.errno == errno.EFBIG


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.crt", {"a.crt", ".b.crt"}),
        ("**/*.crt", {"a.crt", ".b.crt", "deep/c.crt", "deep/er/d.crt"}),
        ("*/c.crt", {"deep/c.crt", "link/c.crt"}),
        ("deep/er/d.crt", {"deep/er/d.crt"}),
        ("d[e]ep/*/?.crt", {"deep/er/d.crt"}),
        ("none/*", set()),
        ("a.crt/*", set()),
        ("broken", set()),
    ],
)
def test_a_pattern_finds_what_it_says(tmp_path: Path, pattern: str, found: set[str]) -> None:
    (tmp_path / "deep/er").mkdir(parents=True)
    for name in ("a.crt", ".b.crt", "deep/c.crt", "deep/er/d.crt"):
        (tmp_path / name).touch()
    (tmp_path / "link").symlink_to("deep", target_is_directory=True)
    (tmp_path / "broken").symlink_to("nowhere")
    assert {path.relative_to(tmp_path).as_posix() for path in find_below(tmp_path, pattern)} == found


def run(script: str, *, seconds: float = 60, given: bytes = b"") -> tuple[int, bytes, bytes]:
    return run_program(["/bin/sh", "-c", script], seconds=seconds, environment=HERE, given=given, most=10_000)


def test_what_a_program_says_is_heard() -> None:
    assert run("echo out; echo err >&2; exit 3") == (3, b"out\n", b"err\n")
    assert run("cat", given=b"in") == (0, b"in", b"")
    assert run("exit 0", given=b"x" * 1_000_000)[0] == 0  # which it does not read


@pytest.mark.parametrize("script", ["yes", "yes >&2", "yes | cat"])
def test_a_program_that_never_stops_talking_is_ended(script: str) -> None:
    with pytest.raises(OSError, match="it printed more than 9 kiB"):
        run(script)


@pytest.mark.parametrize("script", ["sleep 100", "sleep 100 & sleep 100", "trap '' TERM INT; sleep 100"])
def test_a_program_that_says_nothing_is_ended_with_all_that_it_started(script: str) -> None:
    begun = time.monotonic()
    with pytest.raises(TimeoutError, match=r"it took more than 0\.2 s"):
        run(script, seconds=0.2)
    assert time.monotonic() - begun < 50


def test_what_a_program_leaves_behind_is_not_waited_for_long() -> None:
    assert run("sleep 100 & echo said", seconds=1)[:2] == (0, b"said\n")


def test_a_program_that_is_not_there() -> None:
    with pytest.raises(FileNotFoundError):
        run_program(["/nowhere"], seconds=1, environment={})
