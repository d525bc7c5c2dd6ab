"""Git's grammar, compared with git itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from proxyenv.formats.git import GITCONFIG
from support.machine import require_client

if TYPE_CHECKING:
    from pathlib import Path

TEXTS = [
    pytest.param("[http]\n\tsslVerify = false\n", id="plain"),
    pytest.param("[HTTP]\r\nSSLVERIFY=no ; why\r\n", id="upper case, CRLF, comment"),
    pytest.param("[http] proxy = a\n# c\n[core]\nx\n", id="in the line of the header, and a key alone"),
    pytest.param('[http "https://A.test/x\\"y"]\nsslCAInfo = "/a b;c" # d\n', id="subsection and quotes"),
    pytest.param('[http]\nproxy = one\\\n   two  three \n y = "a\\tb\\\\c"\n', id="goes on, and escapes"),
    pytest.param("[a]\nb = c\\\\\nd = e\n", id="a backslash at the end that goes on nowhere"),
    pytest.param("[a.b]\nc=1\n[a]\nc=\n", id="dotted section, empty value"),
]


@pytest.mark.parametrize("text", TEXTS)
def test_it_reads_what_git_reads(text: str, tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(text.encode())
    listed = subprocess.run(
        [require_client("git"), "config", "--file", str(path), "--list", "--null"],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    entries = (entry.partition("\n") for entry in listed.split("\0") if entry)
    expected = [(name, value if newline else "true") for name, newline, value in entries]
    assert [
        (f"{item.section}.{item.name}", item.value) for item in GITCONFIG.items(text, source="it")
    ] == expected


def test_each_setting_has_its_line() -> None:
    text = "# c\n[http]\n\ta = 1\\\n2\n\tb = 3\n"
    assert [(item.key, item.line, item.last) for item in GITCONFIG.items(text, source="it")] == [
        ("http/a", 3, 4),
        ("http/b", 5, 5),
    ]
