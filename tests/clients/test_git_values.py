"""git refuses a key without a value in whichever file it stands: what real git names is what is named."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import TYPE_CHECKING

import pytest

from proxyenv.machine.conflicts import find_conflicts
from proxyenv.machine.local import LocalMachine
from support.machine import require_client
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

GOOD = "[http]\n\tproxy = http://127.0.0.1:9\n"
BARE = "[http]\n\tproxy\n"
URL = "http://127.0.0.1:9/x.git"

UNSET = "git config --file {file} --unset-all http.proxy"


@pytest.mark.parametrize(
    ("files", "name", "remedy"),
    [
        pytest.param({".gitconfig": BARE}, ".gitconfig", UNSET, id="the only file"),
        pytest.param({"system": BARE, ".gitconfig": GOOD}, "system", UNSET, id="the weakest of two files"),
        pytest.param(
            {"system": GOOD, ".config/git/config": BARE, ".gitconfig": GOOD},
            ".config/git/config",
            UNSET,
            id="the one in the middle",
        ),
        pytest.param(
            {".gitconfig": f"{BARE}\tproxy = http://127.0.0.1:9\n"},
            ".gitconfig",
            "take `http.proxy` out of line 2 of {file}",
            id="a good one behind it, which a command would remove too",
        ),
        pytest.param(
            {"system": BARE.replace("proxy", "sslCAInfo"), ".gitconfig": GOOD},
            "system",
            UNSET.replace("proxy", "sslcainfo"),
            id="a CA",
        ),
        pytest.param(
            {"system": BARE.replace("http]", 'http "http://127.0.0.1:9"]'), ".gitconfig": GOOD},
            "system",
            UNSET.replace("http.proxy", "http.http://127.0.0.1:9.proxy"),
            id="for this host",
        ),
    ],
)
def test_git_names_the_same_file(tmp_path: Path, files: dict[str, str], name: str, remedy: str) -> None:
    git = require_client("git")
    for file, text in files.items():
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file).write_text(text)
    variables = {"HOME": str(tmp_path), "GIT_CONFIG_SYSTEM": str(tmp_path / "system"), "LC_ALL": "C"}

    def run(*command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False
        )

    def ask() -> str:
        return run(git, "ls-remote", URL).stderr

    host = make_host(home=tmp_path, environment={"PATH": "", **variables})
    (found,) = find_conflicts(LocalMachine(host), ("http://127.0.0.1:9",), is_root=True)
    refused = re.search(r"in file '(.+)' at line (\d+)", ask())
    assert refused is not None
    assert (found.cause, found.provenance) == ("value-missing", f"`{refused[1]}`, line {refused[2]}")
    assert found.remedy == remedy.format(file=tmp_path / name)
    if found.remedy.startswith("git "):
        assert run(*shlex.split(found.remedy)).returncode == 0
        assert "bad config variable" not in ask()
        assert "Failed to connect" in ask()
