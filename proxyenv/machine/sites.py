"""Finds the Python environments in which truststore is to be used."""

from __future__ import annotations

import importlib.util
import os
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.errors import DiscoveryError
from proxyenv.model.site import Site

if TYPE_CHECKING:
    from proxyenv.model.host import Host

_MARK: Final = "pyvenv.cfg"  # PEP 405: what makes a directory a virtual environment
_PYTHONS: Final = ("bin/python", "Scripts/python.exe")
_PACKAGES: Final = ("lib/*/site-packages", "Lib/site-packages")


def find_sites(venvs: tuple[str, ...], *, host: Host) -> tuple[Site, ...]:
    """The environments that were named, or else the one that runs this.

    Args:
        venvs: directories of virtual environments; relative ones start at the current directory.
        host: the machine.

    Raises:
        DiscoveryError: ``venv-invalid``.
    """
    if not venvs:
        return (_own_site(),)
    return tuple(dict.fromkeys(_named_site(host.absolute(venv)) for venv in venvs))


def find_saved_sites(venvs: tuple[str, ...], *, host: Host) -> tuple[tuple[Site, ...], tuple[str, ...]]:
    """The environments that an earlier run was told, and those of them that are gone.

    Args:
        venvs: directories, absolute; none at all means the one that runs this.
        host: the machine.

    Raises:
        DiscoveryError: ``venv-invalid``: one is there and damaged.
    """
    gone = tuple(venv for venv in venvs if not (host.absolute(venv) / _MARK).is_file())
    left = tuple(venv for venv in venvs if venv not in gone)
    return (find_sites(left, host=host) if left or not venvs else ()), gone


def _named_site(directory: Path) -> Site:
    if not (directory / _MARK).is_file():
        raise DiscoveryError(
            "venv-invalid",
            f"`{directory}` is no virtual environment: it holds no `{_MARK}`",
            hint=f"`python -m venv {directory}` makes one",
        )
    python = next((directory / name for name in _PYTHONS if (directory / name).exists()), None)
    packages = sorted(path for pattern in _PACKAGES for path in directory.glob(pattern))
    if python is None or not packages:
        raise DiscoveryError(
            "venv-invalid",
            f"`{directory}` is no whole virtual environment: it lacks its Python or its site-packages",
            hint=f"`python -m venv --clear {directory}` makes it anew",
        )
    real = Path(os.path.realpath(packages[0]))
    return Site(python, real, (real / "truststore" / "__init__.py").is_file())


def _own_site() -> Site:
    packages = sysconfig.get_path("purelib")
    in_venv = sys.prefix != sys.base_prefix
    if not in_venv and not os.access(packages, os.W_OK) and site.ENABLE_USER_SITE:
        packages = site.getusersitepackages()
    has_truststore = importlib.util.find_spec("truststore") is not None
    return Site(Path(sys.executable), Path(os.path.realpath(packages)), has_truststore)
