from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from proxyenv.bounded import read_content
from proxyenv.machine.local import LocalMachine
from support.machines import make_host


@pytest.mark.skipif(os.name == "nt", reason="Windows asks shutil itself")
@pytest.mark.parametrize("name", ["git", "folder", "text", "nothing", "sub/git"], ids=lambda name: name)
def test_which_finds_what_shutil_finds(name: str, tmp_path: Path) -> None:
    for directory in ("first", "second/sub"):
        (tmp_path / directory).mkdir(parents=True)
    (tmp_path / "first" / "folder").mkdir()
    (tmp_path / "first" / "text").touch(0o644)
    (tmp_path / "second" / "git").touch(0o755)
    (tmp_path / "second" / "text").touch(0o755)
    path = os.pathsep.join(str(tmp_path / directory) for directory in ("first", "missing", "second"))
    found = LocalMachine(make_host(environment={"PATH": path})).which(name)
    assert (str(found) if found else None) == shutil.which(name, path=path)


def test_no_program_is_taken_from_where_one_happens_to_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "git").touch(0o755)
    monkeypatch.chdir(tmp_path)
    host = make_host(environment={"PATH": os.pathsep.join((".", "", f"../{tmp_path.name}"))})
    assert LocalMachine(host).which("git") is None


@pytest.mark.skipif(not os.access("/proc/kmsg", os.R_OK), reason="only root may read `/proc/kmsg`")
def test_a_file_without_an_end_is_no_content() -> None:
    with pytest.raises(OSError, match=r"it has no end|larger than"):
        read_content(Path("/proc/kmsg"))


def test_the_files_of_a_directory_have_a_limit_together(tmp_path: Path) -> None:
    names = [f"{number}.conf" for number in range(4)]
    for name in names:
        (tmp_path / name).touch()
        os.truncate(tmp_path / name, 4 * 1024**2)
    unread: dict[Path, str] = {}
    machine = LocalMachine(make_host(), unread=unread)
    assert [path.name for path in machine.files(tmp_path)] == names
    (tmp_path / "4.conf").write_bytes(b"x")
    assert machine.files(tmp_path) == ()
    assert unread == {tmp_path: "its files are larger than 16 MiB together"}


def test_a_search_that_looks_at_too_much_is_said(tmp_path: Path) -> None:
    unread: dict[Path, str] = {}
    machine = LocalMachine(make_host(), unread=unread)
    (tmp_path / "corp.crt").touch()
    assert machine.glob(tmp_path, "**/*.crt") == (tmp_path / "corp.crt",)
    for number in range(50_001):  # each is looked at twice
        (tmp_path / str(number)).touch()
    assert machine.glob(tmp_path, "**/*.crt") == ()
    assert unread == {tmp_path: "it has more than 100,000 entries below it"}
