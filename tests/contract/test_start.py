"""What a verb imports, which is most of what its start takes: a budget for each."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.catalog.sources import MODULES
from proxyenv.certificates.bundle import render_pem
from proxyenv.cli import run
from support.certificates import make_ca
from support.command import environment_of
from support.defects import make_case

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT: Final = Path(__file__).parents[2]

SCRIPT: Final = """
import sys
before = set(sys.modules)
sys.argv = ["proxyenv", *sys.argv[1:]]
from proxyenv.__main__ import main
try:
    main()
except SystemExit:
    pass
print(*sorted(set(sys.modules) - before), file=sys.stderr)
"""

BARE: Final = {"typing", "argparse", "re", "dataclasses", "pathlib", "json", "subprocess", "datetime"}
"""Each takes a good part of what starting Python takes."""

HEAVY: Final = {"prefect", "httpx", "websockets", "asyncio", "yaml", "tomlkit"}
READING: Final = HEAVY | {
    "cryptography",
    "certifi",
    "platformdirs",
    "importlib.metadata",
    "ssl",
    "http.client",
}


UNUSUAL: Final = {
    "cryptography",
    "certifi",
    "email",
    "dataclasses",
    "inspect",
    "ssl",
    "zipfile",
    "subprocess",
    "argparse",
    "http.client",
}
"""What a set-up with a CA of the usual form does not need: together they take as long as all the rest."""

OF_THE_MACHINE: Final = {f"proxyenv.catalog.sources.{each.module}" for each in MODULES if each.traces}
"""Sources that are read where the machine has them, such as apt and NetworkManager."""

AGAIN: Final = ("setup", "--proxy", "proxy.corp.example:8080", "--ca", "usual.pem", "--replace-ca", "--quiet")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which proxyenv is set up."""
    home = tmp_path_factory.mktemp("home")
    (home / "corp.pem").write_bytes(make_ca("Corp").pem)
    (home / "usual.pem").write_bytes(render_pem(make_case("good").path.anchors[0]))
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment_of(home).items():
            patch.setenv(name, value)
        given = ("--proxy", "localhost:9", "--ca", str(home / "corp.pem"))
        assert run(["setup", *given, "--yes", "--no-check", "--quiet"]) == 0
    return home


def find_modules(home: Path, arguments: Sequence[str]) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, *arguments],
        cwd=home,
        env=environment_of(home, PYTHONPATH=str(ROOT)),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stderr.splitlines()[-1].split())


@pytest.mark.parametrize(
    ("arguments", "ours", "never"),
    [
        pytest.param(["--version"], 5, BARE | READING, id="version"),
        pytest.param(["--help"], 20, READING, id="help"),
        pytest.param(["setup", "--help"], 120, READING, id="help of a verb"),
        pytest.param(["env"], 8, BARE | READING, id="env"),
        pytest.param(["env", "--shell", "fish"], 8, BARE | READING, id="env of another shell"),
        pytest.param(["status"], 119, READING | {"argparse", "dataclasses", "locale"}, id="status"),
        pytest.param(["off", "--dry-run"], 128, READING, id="off"),
        pytest.param(["kubernetes", "--help"], 150, HEAVY, id="help of kubernetes"),
        pytest.param(["explain", "ca-missing"], 50, READING, id="explain"),
        pytest.param(["routes", "a.test"], 130, READING, id="routes"),
        pytest.param(["pac", "--help"], 150, HEAVY, id="help of pac"),
        pytest.param(["clients", "--installed"], 156, HEAVY, id="clients"),
        pytest.param(["discover"], 176, HEAVY, id="discover"),
        pytest.param(["image", "write", "out", "--proxy-there", "a.test:1"], 210, HEAVY, id="image write"),
        pytest.param([*AGAIN, "--dry-run"], 178, HEAVY | UNUSUAL, id="setup --dry-run"),
        pytest.param([*AGAIN, "--no-check", "--yes"], 183, HEAVY | UNUSUAL, id="setup --no-check"),
    ],
)
def test_a_verb_imports_little(home: Path, arguments: list[str], ours: int, never: set[str]) -> None:
    modules = find_modules(home, arguments)
    assert sorted(modules & never) == []
    assert len([name for name in modules - OF_THE_MACHINE if name.startswith("proxyenv")]) <= ours
