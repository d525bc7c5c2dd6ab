from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.local import LocalMachine
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path


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
