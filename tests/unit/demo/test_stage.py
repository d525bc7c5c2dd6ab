from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.demo.stage import find_differences, make_home, take_snapshot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def home(tmp_path: Path) -> Path:
    make_home(tmp_path / "home")
    return tmp_path / "home"


def test_an_untouched_home_has_no_differences(home: Path) -> None:
    assert find_differences(take_snapshot(home), take_snapshot(home)) == ()


def test_the_snapshot_covers_files_directories_and_links(home: Path) -> None:
    assert sorted(take_snapshot(home)) == [
        ".",
        ".bashrc",
        ".prefect",
        ".prefect/profiles.toml",
        ".profile",
        "dotfiles",
        "dotfiles/profile",
    ]


def test_the_rc_file_has_no_newline_at_its_end(home: Path) -> None:
    assert not (home / ".bashrc").read_bytes().endswith(b"\n")


@pytest.mark.parametrize(
    ("disturb", "difference"),
    [
        pytest.param(
            lambda home: (home / "new").touch(0o600), "`new` was missing, is file 0600", id="new-file"
        ),
        pytest.param(
            lambda home: (home / "new").mkdir(0o700), "`new` was missing, is directory 0700", id="new-dir"
        ),
        pytest.param(lambda home: (home / ".bashrc").unlink(), "`.bashrc` was file 0644", id="missing-file"),
        pytest.param(
            lambda home: (home / ".bashrc").chmod(0o600), "`.bashrc` was file 0644", id="mode-of-file"
        ),
        pytest.param(
            lambda home: (home / "dotfiles").chmod(0o755),
            "`dotfiles` was directory 0700",
            id="mode-of-directory",
        ),
        pytest.param(
            lambda home: (home / ".bashrc").write_bytes((home / ".bashrc").read_bytes() + b"\n"),
            "`.bashrc` was file 0644",
            id="one-more-newline",
        ),
        pytest.param(
            lambda home: (home / "dotfiles/profile").rename(home / ".profile"),
            "`.profile` was link to dotfiles/profile, is file 0640",
            id="link-replaced-by-a-file",
        ),
    ],
)
def test_a_difference_is_named(home: Path, disturb: Callable[[Path], object], difference: str) -> None:
    before = take_snapshot(home)
    disturb(home)
    found = find_differences(before, take_snapshot(home))
    assert any(line.startswith(difference) for line in found), found
