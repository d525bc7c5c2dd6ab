from __future__ import annotations

import os
from pathlib import Path

import pytest

from proxyenv.apply.atomic import close, sync_files, temporary_names
from proxyenv.apply.faults import Fault


def test_a_file_is_prepared_hidden_in_its_own_directory() -> None:
    assert temporary_names([Path("/home/u/.bashrc"), Path("/home/u/px/ca-bundle.pem")], []) == (
        Path("/home/u/..bashrc.proxyenv-tmp"),
        Path("/home/u/px/.ca-bundle.pem.proxyenv-tmp"),
        Path("/home/u/..bashrc.before.proxyenv-tmp"),
        Path("/home/u/px/.ca-bundle.pem.before.proxyenv-tmp"),
    )


def test_a_directory_is_built_beside_its_place_at_whatever_depth_the_first_one_was_missing() -> None:
    assert temporary_names([], [Path("/home/u/.local/state")]) == (
        Path("/home/u/.local/state.proxyenv-tmp"),
        Path("/home/u/.local.proxyenv-tmp"),
        Path("/home/u.proxyenv-tmp"),
        Path("/home.proxyenv-tmp"),
    )


def test_each_name_comes_once() -> None:
    assert temporary_names([Path("/a/f"), Path("/a/f")], [Path("/a"), Path("/a")]) == (
        Path("/a/.f.proxyenv-tmp"),
        Path("/a/.f.before.proxyenv-tmp"),
        Path("/a.proxyenv-tmp"),
    )


def test_what_one_of_many_files_is_refused_is_said_of_that_file(tmp_path: Path) -> None:
    files = [tmp_path / str(number) for number in range(40)]
    opened = [(path, os.open(path, os.O_WRONLY | os.O_CREAT)) for path in files]
    sync_files(opened)
    reader, writer = os.pipe()  # the operating system brings no pipe to a disk
    with pytest.raises(Fault) as caught:
        sync_files([*opened[:33], (tmp_path / "pipe", writer), *opened[33:]])
    assert caught.value.path == tmp_path / "pipe"
    close([*opened, (tmp_path, reader), (tmp_path, writer)])
