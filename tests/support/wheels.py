"""A folder with every wheel of proxyenv and of what it needs, and an index that is made of such a folder."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from support.environments import CLONE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["PIPS", "build_wheel", "ensure_wheels", "find_index", "link_files", "make_index", "make_stubs"]

LOCK: Final = CLONE / "requirements.lock"

PIPS: Final = ("22.3", "23.0.1", "23.2.1", "24.0", "25.0", "26.0")
"""Those that a machine may have: of Python 3.11, Debian 12, Python 3.11.7, and one of each year since."""

BUILD: Final = "hatchling>=1.27,<2"


def ensure_wheels(tools: Path, *, machine: Mapping[str, str], python: str) -> Path:
    """The folder, downloaded once and kept: ``all`` as the lock says, ``build``, and ``pips``.

    Args:
        tools: where it is kept.
        machine: the environment for pip.
        python: whom the wheels are for, to the last number of its version.
    """
    probe = [python, "-c", "import platform; print(platform.python_version())"]
    version = subprocess.run(probe, capture_output=True, text=True, check=True).stdout.strip()
    stamp = hashlib.sha256(LOCK.read_bytes() + repr((PIPS, BUILD)).encode()).hexdigest()[:12]
    place = tools / f"wheels-{version}-{stamp}"
    if place.exists():
        return place
    tools.mkdir(parents=True, exist_ok=True)
    unfinished = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=tools))
    pip = [sys.executable, "-m", "pip", "--python", python, "download", "--quiet", "--no-input"]
    pip += ["--disable-pip-version-check", "--only-binary", ":all:"]
    wanted = [("all", ("--no-deps", "--require-hashes", "--requirement", str(LOCK))), ("build", (BUILD,))]
    wanted += [("pips", ("--no-deps", f"pip=={each}")) for each in PIPS]
    for name, arguments in wanted:
        command = [*pip, "--dest", str(unfinished / name), *arguments]
        subprocess.run(command, env={**machine, "PIP_USER": "0"}, check=True)
    try:
        unfinished.rename(place)
    except OSError:
        if not place.exists():
            raise
        shutil.rmtree(unfinished)  # somebody else made it meanwhile
    return place


def build_wheel(directory: Path, wheels: Path) -> Path:
    """The wheel of proxyenv as it is now, without a download.

    Args:
        directory: gets it.
        wheels: of :func:`ensure_wheels`.
    """
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--disable-pip-version-check"]
    pip += ["--no-index", "--find-links", str(wheels / "build"), "--wheel-dir", str(directory), str(CLONE)]
    subprocess.run(pip, check=True)
    return next(directory.glob("proxyenv_bootstrap-*.whl"))


def find_index() -> str:
    """The name of the host that pip asks when nobody tells it another."""
    program = "from pip._internal.models.index import PyPI; print(PyPI.netloc)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_index(files: Path, wheels: Iterable[Path]) -> None:
    """Lay an index below the files of an origin: ``/simple/NAME/``, and the wheels themselves."""
    (files / "wheels").mkdir()
    pages: dict[str, list[str]] = {}
    for wheel in {each.name: each for each in wheels}.values():
        (files / "wheels" / wheel.name).symlink_to(wheel)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        name = re.sub(r"[-_.]+", "-", wheel.name.split("-")[0]).lower()
        link = f'<a href="../../wheels/{wheel.name}#sha256={digest}">{wheel.name}</a><br>'
        pages.setdefault(name, []).append(link)
    for name, links in pages.items():
        page = files / "simple" / name / "index.html"
        page.parent.mkdir(parents=True)
        page.write_text(f"<!DOCTYPE html><html><body>{''.join(links)}</body></html>", "utf-8")


def make_stubs(directory: Path, names: Iterable[str]) -> tuple[Path, ...]:
    """Wheels with nothing in them, for whoever asks only how they are fetched."""
    made = []
    for name in names:
        stem = f"{re.sub(r'[-_.]+', '_', name)}-9999"
        wheel = directory / f"{stem}-py3-none-any.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            facts = f"Metadata-Version: 2.1\nName: {name}\nVersion: 9999\n"
            archive.writestr(f"{stem}.dist-info/METADATA", facts)
            tags = "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
            archive.writestr(f"{stem}.dist-info/WHEEL", tags)
            archive.writestr(f"{stem}.dist-info/RECORD", "")
        made.append(wheel)
    return tuple(made)


def link_files(folder: Path, wheels: Iterable[Path]) -> None:
    """Put wheels into a folder, without copying where that is possible."""
    folder.mkdir(exist_ok=True)
    for wheel in wheels:
        try:
            os.link(wheel, folder / wheel.name)
        except OSError:
            shutil.copyfile(wheel, folder / wheel.name)
