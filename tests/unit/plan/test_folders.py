"""A folder is written whole, taken up again, and never over what is somebody else's."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import pytest

from proxyenv.apply.folder import write_folder
from proxyenv.errors import ApplyError, DiscoveryError, PlanError
from proxyenv.formats.checksums import render_checksums
from proxyenv.machine.folder import read_folder
from proxyenv.model.folder import FolderFile
from proxyenv.plan.folders import plan_folder as plan_any_folder

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.folder import Folder, FolderPlan

WANTED = (FolderFile("a.txt", b"one\n"), FolderFile("sub/b", b"two\n", 0o755))


def plan_folder(folder: Folder, wanted: tuple[FolderFile, ...]) -> FolderPlan:
    return plan_any_folder(folder, wanted, knows=lambda name: name in {"a.txt", "sub/b"})


def write(path: Path, *wanted: FolderFile) -> list[str]:
    """Write, and say what changed."""
    plan = plan_folder(read_folder(path), wanted)
    write_folder(plan)
    return [f"{change.action} {change.path.relative_to(plan.path)}" for change in plan.pending]


def listing(path: Path) -> list[str]:
    return sorted(each.relative_to(path).as_posix() for each in path.rglob("*") if each.is_file())


def list_files(path: Path, *names: str) -> None:
    """What ``sha256sum`` would write of files that are there, or are made here, as a repository brings it."""
    for name in names:
        (path / name).parent.mkdir(exist_ok=True)
        if not (path / name).exists():
            (path / name).write_text("mine")
    digests = {name: hashlib.sha256((path / name).read_bytes()).hexdigest() for name in names}
    (path / "proxyenv.sha256").write_text(render_checksums(digests))


def test_a_folder_that_is_not_there_is_made_with_its_parents(tmp_path: Path) -> None:
    place = tmp_path / "deep" / "out"
    assert write(place, *WANTED) == ["create a.txt", "create sub/b", "create proxyenv.sha256"]
    assert (place / "sub/b").stat().st_mode & 0o777 == 0o755


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    write(tmp_path / "out", *WANTED)
    assert write(tmp_path / "out", *WANTED) == []


def test_what_is_no_longer_wanted_goes_with_its_directory(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    assert write(tmp_path, WANTED[0]) == ["delete sub/b", "modify proxyenv.sha256"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "proxyenv.sha256"]


def test_what_others_added_stays_and_is_named(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    (tmp_path / "sub/mine").write_text("x")
    plan = plan_folder(read_folder(tmp_path), (FolderFile("a.txt", b"three\n"),))
    assert plan.notes == (f"`sub/mine` in `{tmp_path}` is not proxyenv's, and stays",)
    write_folder(plan)
    assert listing(tmp_path) == ["a.txt", "proxyenv.sha256", "sub/mine"]


@pytest.mark.parametrize("name", ["x", "a.txt", ".git/config"])
def test_a_folder_of_others_is_refused(tmp_path: Path, name: str) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(PlanError, match="is not empty and was not written by proxyenv") as caught:
        write(tmp_path, *WANTED)
    assert caught.value.code == "foreign-file"


def test_a_list_of_the_files_of_others_makes_no_folder_ours(tmp_path: Path) -> None:
    list_files(tmp_path, "thesis.tex", "sub/d")
    with pytest.raises(PlanError, match="was not written by proxyenv: it holds `sub/d`") as caught:
        write(tmp_path, *WANTED)
    assert caught.value.code == "foreign-file"
    assert listing(tmp_path) == ["proxyenv.sha256", "sub/d", "thesis.tex"]


def test_files_of_others_that_are_listed_beside_ours_stay_and_are_named(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    list_files(tmp_path, "a.txt", "sub/b", "sub/d", "thesis.tex")
    plan = plan_folder(read_folder(tmp_path), WANTED[:1])
    assert plan.notes == (f"`sub/d`, `thesis.tex` in `{tmp_path}` is not proxyenv's, and stays",)
    write_folder(plan)
    assert listing(tmp_path) == ["a.txt", "proxyenv.sha256", "sub/d", "thesis.tex"]


def test_a_listed_file_of_others_in_the_place_of_a_directory_is_no_matter(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    list_files(tmp_path, "a.txt", "sub/b", "paper")
    with (tmp_path / "proxyenv.sha256").open("a") as file:
        file.write(f"{'0' * 64}  paper/one\n")
    assert write(tmp_path, *WANTED) == ["modify proxyenv.sha256"]
    assert (tmp_path / "paper").read_text() == "mine"


@pytest.mark.parametrize("wanted", [WANTED, WANTED[1:]], ids=["wanted", "no longer wanted"])
def test_a_file_that_was_changed_since_is_refused(tmp_path: Path, wanted: tuple[FolderFile, ...]) -> None:
    write(tmp_path, *WANTED)
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(PlanError, match=r"`.*/a\.txt` was changed after proxyenv wrote it"):
        write(tmp_path, *wanted)


def test_a_file_of_others_in_the_way_is_refused(tmp_path: Path) -> None:
    write(tmp_path, WANTED[0])
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub/b").write_text("mine")
    with pytest.raises(PlanError, match=r"`.*/sub/b` was not written by proxyenv"):
        write(tmp_path, *WANTED)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(DiscoveryError, match=r"`.*/a\.txt` is not a directory"):
        write(tmp_path / "a.txt", *WANTED)


def test_a_symlink_in_the_way_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "out", *WANTED)
    (tmp_path / "out/a.txt").unlink()
    (tmp_path / "out/a.txt").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(PlanError, match=r"`.*/a\.txt` is not a regular file"):
        write(tmp_path / "out", *WANTED)


@pytest.mark.parametrize("wanted", [WANTED, WANTED[:1]], ids=["wanted", "no longer wanted"])
@pytest.mark.parametrize("leads_to", ["elsewhere", "nowhere", "a.txt"])
def test_a_symlink_in_the_place_of_a_directory_is_refused(
    tmp_path: Path, wanted: tuple[FolderFile, ...], leads_to: str
) -> None:
    write(tmp_path / "out", *WANTED)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out/sub/b").unlink()
    (tmp_path / "out/sub").rmdir()
    (tmp_path / "out/sub").symlink_to(tmp_path / leads_to)
    with pytest.raises(PlanError, match=r"`.*/sub` is not a directory") as caught:
        write(tmp_path / "out", *wanted)
    assert caught.value.code == "foreign-file"
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_file_in_the_place_of_a_directory_is_refused(tmp_path: Path) -> None:
    write(tmp_path, WANTED[0])
    (tmp_path / "sub").write_text("mine")
    with pytest.raises(PlanError, match=r"`.*/sub` is not a directory"):
        write(tmp_path, *WANTED)


def test_a_lost_file_and_a_lost_mode_come_back(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    (tmp_path / "a.txt").unlink()
    (tmp_path / "sub/b").chmod(0o600)
    assert write(tmp_path, *WANTED) == ["create a.txt", "modify sub/b"]


def test_a_run_that_was_killed_before_the_manifest_is_taken_up(tmp_path: Path) -> None:
    write(tmp_path, *WANTED)
    (tmp_path / "a.txt").write_bytes(b"three\n")  # as the killed run wrote it
    assert write(tmp_path, FolderFile("a.txt", b"three\n"), WANTED[1]) == ["modify proxyenv.sha256"]


def test_a_file_that_changed_meanwhile_stops_it(tmp_path: Path) -> None:
    plan = plan_folder(read_folder(tmp_path), WANTED)
    (tmp_path / "a.txt").write_text("mine")
    with pytest.raises(ApplyError) as caught:
        write_folder(plan)
    assert caught.value.code == "changed-meanwhile"
    assert listing(tmp_path) == ["a.txt"]


def test_what_cannot_be_written_is_put_back(tmp_path: Path) -> None:
    write(tmp_path, WANTED[0])
    plan = plan_folder(read_folder(tmp_path), (FolderFile("a.txt", b"x"), WANTED[1]))
    (tmp_path / "sub").write_text("in the way")
    with pytest.raises(ApplyError):
        write_folder(plan)
    assert (tmp_path / "a.txt").read_bytes() == b"one\n"
    assert listing(tmp_path) == ["a.txt", "proxyenv.sha256", "sub"]
