"""Virtual environments that have what the running Python has, without installing anything."""

from __future__ import annotations

import os
import sys
import sysconfig
import tomllib
import venv
from pathlib import Path
from typing import Final

import proxyenv

CLONE: Final = Path(proxyenv.__file__).parents[1]


def make_environment(root: Path) -> Path:
    """An environment with proxyenv and all that it needs, by path; next to nothing lies in it.

    Returns:
        Its Python.
    """
    python = make_bare_environment(root)
    packages = packages_of(root)
    paths = (CLONE, sysconfig.get_path("purelib"))
    (packages / "dependencies.pth").write_text("".join(f"{path}\n" for path in paths), "utf-8")
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
    record = packages / "proxyenv_bootstrap-0.dist-info"
    record.mkdir()
    (record / "METADATA").write_text("Metadata-Version: 2.1\nName: proxyenv-bootstrap\nVersion: 0\n", "utf-8")
    lines = []
    for group, entries in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {target}" for name, target in entries.items())]
    (record / "entry_points.txt").write_text("\n".join(lines), "utf-8")
    return python


def make_project(root: Path) -> Path:
    """An environment of a project that does without proxyenv: Prefect, and all that the running Python has.

    Returns:
        Its Python.
    """
    python = make_bare_environment(root)
    packages = packages_of(root)
    for each in Path(sysconfig.get_path("purelib")).iterdir():
        if "proxyenv" not in each.name and not (packages / each.name).exists():
            (packages / each.name).symlink_to(each)
    return python


def make_bare_environment(root: Path) -> Path:
    """An environment with nothing in it. Returns its Python."""
    venv.EnvBuilder(symlinks=sys.platform != "win32").create(root)
    return root / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def packages_of(root: Path) -> Path:
    """Its site-packages, as Python names them."""
    (found,) = (*root.glob("lib/*/site-packages"), *root.glob("Lib/site-packages"))
    return Path(os.path.realpath(found))
