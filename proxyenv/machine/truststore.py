"""The Python environments that go through truststore, and the roots that it trusts there.

On Linux truststore asks OpenSSL for its default file and directory, and where neither holds anything it
takes a well-known file. ``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` would come first; the env files unset them,
so they are not looked at.
"""

from __future__ import annotations

import importlib.util
import os
import re
import site
import ssl
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.bounded import find_below, list_directory, read_content
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.pythons import MARK, find_python
from proxyenv.machine.roots import find_fingerprints, find_system_bundle, read_system_roots
from proxyenv.model.findings import PythonStore, Site

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.host import Host

_PACKAGES: Final = ("lib/*/site-packages", "Lib/site-packages")
_HASHED: Final = re.compile(r"[0-9a-f]{8}\.\d+")


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
    """The environments that an earlier run set up, and those of them that no longer exist.

    Args:
        venvs: directories, absolute; none at all means the one that runs this.
        host: the machine.

    Raises:
        DiscoveryError: ``venv-invalid``: one is there and damaged.
    """
    gone = tuple(venv for venv in venvs if not (host.absolute(venv) / MARK).is_file())
    left = tuple(venv for venv in venvs if venv not in gone)
    return (find_sites(left, host=host) if left or not venvs else ()), gone


def _named_site(directory: Path) -> Site:
    if not (directory / MARK).is_file():
        raise DiscoveryError(
            "venv-invalid",
            f"`{directory}` is not a virtual environment: it has no `{MARK}`",
            hint=f"`python -m venv {directory}` makes one",
        )
    python = find_python(directory)
    packages = sorted(path for pattern in _PACKAGES for path in find_below(directory, pattern))
    if python is None or not packages:
        raise DiscoveryError(
            "venv-invalid",
            f"`{directory}` is an incomplete virtual environment: it lacks its Python or its site-packages",
            hint=f"`python -m venv --clear {directory}` creates it again",
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


def find_python_store() -> PythonStore | None:
    """The store of this machine, or ``None`` when there is none or it cannot be read."""
    platform: str = sys.platform  # a variable, or type checkers would take the rest for unreachable
    try:
        if platform in {"win32", "darwin"}:
            roots = read_system_roots()
            return PythonStore(roots.source, None, frozenset(_fingerprints(roots.data)))
        paths = ssl.get_default_verify_paths()
        return read_python_store(Path(paths.openssl_cafile), Path(paths.openssl_capath), find_system_bundle())
    except (OSError, DiscoveryError):
        return None


def read_python_store(file: Path, directory: Path, otherwise: Path | None) -> PythonStore | None:
    """The roots that OpenSSL would load, in its order.

    Args:
        file: OpenSSL's default file, which may not exist.
        directory: OpenSSL's default directory; only names of the form ``0a1b2c3d.0`` are found in it.
        otherwise: the file that is taken where the two hold nothing.

    Raises:
        OSError: one of them cannot be read.
    """
    hashed = _hashed_files(directory)
    if file.is_file():
        found = {*_fingerprints(read_content(file)), *_all_fingerprints(hashed)}
        return PythonStore(f"`{file}`", str(file), frozenset(found))
    if hashed:
        return PythonStore(f"`{directory}`", str(directory), frozenset(_all_fingerprints(hashed)))
    if otherwise is not None:
        found = set(_fingerprints(read_content(otherwise)))
        return PythonStore(f"`{otherwise}`", str(otherwise), frozenset(found))
    return None


def _hashed_files(directory: Path) -> list[Path]:
    if not directory.is_dir():
        return []
    return [path for path in list_directory(directory) if _HASHED.fullmatch(path.name) and path.is_file()]


def _all_fingerprints(files: list[Path]) -> Iterator[str]:
    for file in files:
        yield from _fingerprints(read_content(file))


def _fingerprints(pem: bytes) -> set[str]:
    """Of every block; what OpenSSL could not decode it would not trust."""
    try:
        return find_fingerprints(pem, "the store")
    except TrustError:
        return set()
