"""Who else could have written what lies in a place."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.ownership import find_foreign

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.skipif(sys.platform == "win32", reason="others write there by other rights")
def test_a_link_between_others_is_looked_at(tmp_path: Path) -> None:
    """`bin/tool` leads through a directory in which anybody can make it lead elsewhere."""
    for name in ("bin", "open", "safe"):
        (tmp_path / name).mkdir(mode=0o755)
    (tmp_path / "safe/tool").touch(mode=0o755)
    (tmp_path / "open/tool").symlink_to("../safe/tool")
    (tmp_path / "bin/tool").symlink_to("../open/tool")
    owners = {0, tmp_path.stat().st_uid}
    assert find_foreign([tmp_path / "bin/tool"], owners) is None
    (tmp_path / "open").chmod(0o777)
    found = find_foreign([tmp_path / "bin/tool"], owners)
    assert str(found) == f"`{tmp_path}/open` can be written by others, its mode is 0777"
