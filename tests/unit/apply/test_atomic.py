from __future__ import annotations

from pathlib import Path

from proxyenv.apply.atomic import temporary_names


def test_a_file_is_prepared_hidden_in_its_own_directory() -> None:
    assert temporary_names([Path("/home/u/.bashrc"), Path("/home/u/px/ca-bundle.pem")], []) == (
        Path("/home/u/..bashrc.proxyenv-tmp"),
        Path("/home/u/px/.ca-bundle.pem.proxyenv-tmp"),
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
        Path("/a.proxyenv-tmp"),
    )
