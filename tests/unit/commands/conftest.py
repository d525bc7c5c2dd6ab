"""What several of these modules begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.certificates import make_ca

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def home_with_a_ca(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The home and working directory, with a CA in `corp.pem`; pip's index is that of no real machine."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.corp.test/simple/")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "corp.pem").write_bytes(make_ca("Corp").pem)
    return tmp_path
