"""Make the environment that everything here runs in: ``.venv`` in the clone, from a hashed lock.

It needs Python 3.11 or later with ``venv`` and pip, and nothing else. Older Pythons can read this file too:
they look for a newer one and hand over.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

CLONE = Path(__file__).resolve().parent.parent

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
THIS_VERSION = "%d.%d" % sys.version_info[:2]  # noqa: UP031 - an old Python gets this far

DEMO_LOCK = "requirements.lock"
DEV_LOCK = "requirements-dev.lock"  # holds everything of the other one, at the same versions
LOWEST_LOCK = "requirements-lowest.lock"  # what `pyproject.toml` names, each at its lower bound

STAMP = "made-from"

FOREIGN_PYTHON = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__")
"""Variables that would mix another Python's modules into ours."""

FOREIGN_TARGET = ("PIP_PREFIX", "PIP_ROOT", "PIP_TARGET", "PIP_REQUIRE_VIRTUALENV", "PIP_REQUIREMENT")
"""Variables that would send what pip installs elsewhere, or make it install something else."""

KEPT = (
    "CI",
    "HOME",
    "LANG",
    "LC_ALL",
    "PATH",
    "PROXYENV_TOOLS",
    "SYSTEMROOT",
    "TEMP",
    "TERM",
    "TMP",
    "TMPDIR",
)
"""Variables that the tests may see. Everything else could make them pass or fail by accident."""

PROBE = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])"


def require_supported_python() -> None:
    """Go on in a Python that this project supports, or end with what is missing."""
    if THIS_VERSION in VERSIONS:
        return
    for version in VERSIONS:
        python = find_python(version)
        if python is not None:
            os.execv(python, [python, *sys.argv])  # noqa: S606 - no shell, and none is wanted
    sys.exit(f"error: Python {VERSIONS[0]} to {VERSIONS[-1]} with `venv` is needed, and none was found")


def find_python(version: str) -> str | None:
    """Find a Python of this version that really runs: a pyenv shim exists even where its Python does not.

    Args:
        version: such as ``3.12``.

    Returns:
        Its path, or ``None``.
    """
    return next((path for path in _candidates(version) if _version_of(path) == version), None)


def ensure_environment(lock: str, *replacing: str, name: str = ".venv", python: str = sys.executable) -> Path:
    """Make an environment in the clone from a lock, unless that has been done.

    Args:
        lock: the file name of the lock.
        replacing: locks whose versions replace what the first one has installed.
        name: the directory of the environment, in the clone.
        python: what to make it from.

    Returns:
        The environment's Python.
    """
    place = CLONE / name
    ours = place / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    stamp = place / STAMP
    made_from = stamp.read_text("utf-8") if stamp.exists() and _version_of(str(ours)) else ""
    if made_from in {_stamp(lock, *replacing), _stamp(DEV_LOCK, *replacing)}:
        return ours
    print(f"making {name} from {lock}: a minute or two ...", flush=True)
    if made_from != _stamp(DEMO_LOCK):  # that one only has to grow
        _run([python, "-m", "venv", "--clear", str(place)])
    stamp.unlink(missing_ok=True)
    pip = [str(ours), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check"]
    # What is imported is compiled then; most of what is installed never is.
    pip.append("--no-compile")
    # Up to pip 23.2 a line of a lock does not hold `name[extra]` to its version; as a constraint it does.
    locked = ["--requirement", str(CLONE / lock), "--constraint", str(CLONE / lock)]
    _run([*pip, "--require-hashes", *locked])
    for other in replacing:
        _run([*pip, "--require-hashes", "--no-deps", "--requirement", str(CLONE / other)])
    _run([*pip, "--no-deps", "--editable", str(CLONE)])
    stamp.write_text(_stamp(lock, *replacing), "utf-8")
    return ours


def machine_environment() -> dict[str, str]:
    """The machine's own environment, for installing: its index, proxy and CA variables are needed there."""
    foreign = {*FOREIGN_PYTHON, *FOREIGN_TARGET}
    return {**{name: value for name, value in os.environ.items() if name not in foreign}, "PIP_USER": "0"}


def clean_environment() -> dict[str, str]:
    """What is left for everything else: no proxy, no CA, no configuration of any tool."""
    return {name: os.environ[name] for name in KEPT if name in os.environ}


def _candidates(version: str) -> Iterator[str]:
    yield sys.executable
    home = Path.home()
    on_path = shutil.which("python" + version)
    if on_path:
        yield on_path
    for pattern in (
        f"{os.environ.get('PYENV_ROOT', home / '.pyenv')}/versions/{version}*/bin/python3",
        f"{home}/.local/share/uv/python/cpython-{version}*/bin/python3",
        f"/usr/local/bin/python{version}",
        f"/usr/bin/python{version}",
        f"/opt/homebrew/bin/python{version}",
        f"/opt/python/{version}*/bin/python3",
        f"/Library/Frameworks/Python.framework/Versions/{version}/bin/python3",
    ):
        root = Path(pattern).anchor
        yield from sorted(str(path) for path in Path(root).glob(str(Path(pattern).relative_to(root))))


def _version_of(python: str) -> str | None:
    """The version that *python* says it has, or ``None`` when it does not run or cannot make environments."""
    if not Path(python).exists():
        return None
    done = subprocess.run(
        [python, "-I", "-c", PROBE],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
    )
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _stamp(*locks: str) -> str:
    digests = (hashlib.sha256((CLONE / name).read_bytes()).hexdigest() for name in (*locks, "pyproject.toml"))
    return "\n".join((*locks, *digests))


def _run(command: list[str]) -> None:
    """Run *command* in silence; if it fails, say what it said and end."""
    done = subprocess.run(
        command,
        env=machine_environment(),
        cwd=CLONE,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    if done.returncode != 0:
        hint = "; is the package `python3-venv` installed?" if "venv" in command else ""
        said = done.stdout.decode(errors="replace")
        sys.exit(f"{said}error: `{' '.join(command)}` ended with status {done.returncode}{hint}")
