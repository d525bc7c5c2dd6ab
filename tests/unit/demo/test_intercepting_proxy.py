from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import pytest

from proxyenv.demo.intercepting_proxy import LOCK, ensure_mitmproxy
from proxyenv.errors import VerifyError


def place_of(tools: Path) -> Path:
    digest = hashlib.sha256(LOCK.read_bytes()).hexdigest()[:12]
    return tools / f"mitmproxy-{sys.version_info[0]}.{sys.version_info[1]}-{digest}"


def test_the_lock_pins_every_distribution_with_hashes_and_names_no_address() -> None:
    text = LOCK.read_text("utf-8")
    pinned = [line for line in text.splitlines() if line and line[0] not in " #"]
    assert [line for line in pinned if "==" not in line or not line.endswith("\\")] == []
    assert "://" not in text


@pytest.mark.skipif(sys.platform == "win32", reason="the layout of a POSIX environment")
def test_an_environment_that_is_complete_is_used_as_it_is(tmp_path: Path) -> None:
    place = place_of(tmp_path)
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "python").touch()
    (place / "complete").touch()
    (place / "marker").touch()
    machine = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull}
    assert ensure_mitmproxy(tmp_path, machine=machine) == place / "bin" / "python"
    assert (place / "marker").exists()


def test_what_cannot_be_installed_is_an_error_with_a_hint(tmp_path: Path) -> None:
    tools = tmp_path / "tools"
    tools.write_text("a file where a directory should be", "utf-8")
    with pytest.raises(VerifyError, match="mitmproxy could not be installed: ") as raised:
        ensure_mitmproxy(tools, machine={"PATH": os.environ["PATH"]})
    assert raised.value.code == "demo-tool-missing"
    assert "python3-venv" in (raised.value.hint or "")


def test_installing_imports_nothing_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "venv.py").write_text("open('ran', 'w').close(); raise SystemExit('mine')", "ascii")
    (tmp_path / "tools").write_text("a file where a directory should be", "utf-8")
    with pytest.raises(VerifyError) as raised:
        ensure_mitmproxy(tmp_path / "tools", machine={"PATH": os.environ["PATH"]})
    assert "mine" not in raised.value.message
    assert not (tmp_path / "ran").exists()
