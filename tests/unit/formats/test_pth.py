"""The hook, in fresh interpreters: what it costs nothing to have, and what it does when `ssl` is imported."""

from __future__ import annotations

import subprocess
import sys
import venv
from typing import TYPE_CHECKING

import pytest

from proxyenv.formats.pth import HOOK_FILE, LATE, render_hook

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

FAKE_TRUSTSTORE = "import ssl\nclass SSLContext(ssl.SSLContext): pass\n"
ASK = "import ssl; print(ssl.SSLContext.__module__)"


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real virtual environment with the hook and nothing else."""
    root = tmp_path_factory.mktemp("environment")
    venv.EnvBuilder(symlinks=sys.platform != "win32").create(root)
    (packages(root) / HOOK_FILE).write_text(render_hook(), "utf-8")
    return root


@pytest.fixture
def with_truststore(environment: Path) -> Iterator[Path]:
    """The same, with a module of truststore's name and shape."""
    module = packages(environment) / "truststore.py"
    module.write_text(FAKE_TRUSTSTORE, "utf-8")
    yield environment
    module.unlink()


def packages(root: Path) -> Path:
    (found,) = (*root.glob("lib/*/site-packages"), *root.glob("Lib/site-packages"))
    return found


def run(root: Path, program: str, *options: str) -> str:
    python = next(path for path in (root / "bin/python", root / "Scripts/python.exe") if path.exists())
    done = subprocess.run(
        [str(python), "-B", *options, "-c", program], env={}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


def test_import_ssl_goes_through_truststore(with_truststore: Path) -> None:
    assert run(with_truststore, ASK) == "truststore"


def test_isolated_mode_does_not_escape_it(with_truststore: Path) -> None:
    assert run(with_truststore, ASK, "-I") == "truststore"


def test_without_truststore_ssl_is_as_ever(environment: Path) -> None:
    assert run(environment, ASK) == "ssl"


def test_a_broken_truststore_breaks_nothing(with_truststore: Path) -> None:
    (packages(with_truststore) / "truststore.py").write_text("raise RuntimeError", "utf-8")
    assert run(with_truststore, ASK) == "ssl"


def test_nothing_is_imported_before_ssl_is(with_truststore: Path) -> None:
    program = "import sys; print([name for name in ('ssl', 'truststore', 'socket') if name in sys.modules])"
    assert run(with_truststore, program) == "[]"


def test_pip_keeps_the_truststore_that_it_brings(with_truststore: Path) -> None:
    program = f"import sys, types; sys.modules['pip'] = types.ModuleType('pip'); {ASK}"
    assert run(with_truststore, program) == "ssl"


def test_looking_for_ssl_is_not_importing_it(with_truststore: Path) -> None:
    program = (
        f"import importlib.util; spec = importlib.util.find_spec('ssl'); spec.loader.get_filename; {ASK}"
    )
    assert run(with_truststore, program) == "truststore"


def test_afterwards_ssl_has_its_own_loader_and_the_finder_is_gone(with_truststore: Path) -> None:
    program = (
        "import ssl, sys; print(type(ssl.__loader__).__name__, type(ssl.__spec__.loader).__name__, "
        "any(hasattr(finder, 'proxyenv') for finder in sys.meta_path))"
    )
    assert run(with_truststore, program) == "SourceFileLoader SourceFileLoader False"


def test_it_is_one_line_of_code_and_comments() -> None:
    lines = [line for line in render_hook().splitlines() if not line.startswith("#")]
    assert [line.partition(";")[0] for line in lines] == ["import sys"]


def test_the_late_part_compiles() -> None:
    compile(LATE, "late", "exec")
