"""Distributions beside this one: their versions, and the unrelated one that shares our import name."""

from __future__ import annotations

import os
import re
import sys

from proxyenv.bounded import read_start
from proxyenv.errors import DiscoveryError

_MOST = 1024 * 1024
"""Characters of a file of a package."""

_WHERE = '_CACERT_CTX = as_file(files("certifi").joinpath("cacert.pem"))'
"""The line of certifi's own code that finds the file beside it."""

_RELEASE = re.compile(r"[0-9]{1,2}\.[0-9]{1,2}(?![0-9])")
"""Of Python; a name goes on with `t` where it is free-threaded."""

_WITH_WORKERS = ("docker", "kubernetes", "aws", "gcp", "azure")
"""What follows `prefect-` in the names of the packages whose workers start jobs elsewhere."""


def require_no_other(path: list[str] | None = None) -> None:
    """Refuse to run beside the distribution named ``proxyenv``.

    PyPI has a dormant package of that name (0.5.1, 2016) which installs the same import package and
    the same command: whichever is installed last overwrites files of the other. Ours is called
    ``proxyenv-bootstrap``.

    Args:
        path: the directories to look in; ``sys.path`` by default.

    Raises:
        DiscoveryError: ``other-proxyenv``.
    """
    for directory in sys.path if path is None else path:
        for name in _list(directory):
            if name.startswith("proxyenv-") and name.endswith((".dist-info", ".egg-info", ".egg")):
                raise DiscoveryError(
                    "other-proxyenv",
                    f"the unrelated distribution `{name.rpartition('.')[0]}` is installed in `{directory}`, "
                    "and its files overwrite ours",
                    hint="`pip uninstall proxyenv`, then install `proxyenv-bootstrap` again",
                )


def find_version(name: str, path: list[str] | None = None) -> str | None:
    """The version of an installed distribution, or ``None``.

    The name of its directory says it (PEP 376); `importlib.metadata` is asked, which takes 20 ms to import,
    where no directory has it.

    Args:
        name: as its directory spells it, which for these names is as PyPI does.
        path: the directories to look in; ``sys.path`` by default.
    """
    start, end = f"{name.replace('-', '_')}-", ".dist-info"
    for directory in sys.path if path is None else path:
        for entry in _list(directory):
            version = entry[len(start) : -len(end)]
            if entry == f"{start}{version}{end}" and "-" not in version:
                return version
    from importlib import metadata

    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def find_certifi() -> tuple[str, str]:
    """The file of public roots that certifi names, and certifi's version.

    Where its files are as its wheel has them nothing is imported: what it imports to unpack archives takes as
    long as reading the roots. What packages of operating systems do in its place is left to their code.
    """
    from importlib.util import find_spec

    spec = None if "certifi" in sys.modules else find_spec("certifi")
    directory = os.path.dirname(spec.origin) if spec and spec.origin else ""  # noqa: PTH120 - no pathlib
    file = os.path.join(directory, "cacert.pem")  # noqa: PTH118 - as above
    version = _read(directory, "__init__.py").partition('__version__ = "')[2].partition('"')[0]
    is_wheel = _WHERE in _read(directory, "core.py") and not os.path.islink(file)  # noqa: PTH114 - as above
    if version and is_wheel and os.path.isfile(file):  # noqa: PTH113 - as above
        return file, version
    import certifi

    return certifi.where(), certifi.__version__


def find_python_version(python: str) -> str | None:
    """The version of an interpreter, such as ``3.13``, by the files around it; ``None`` if they do not say.

    The interpreter is not run. A virtual environment says it in ``pyvenv.cfg`` (PEP 405: `venv` writes
    ``version``, `virtualenv` and uv ``version_info``), any other in the name of its library's directory.

    Args:
        python: the path of the interpreter.
    """
    if python == sys.executable:
        return f"{sys.version_info[0]}.{sys.version_info[1]}"
    prefix = os.path.dirname(os.path.dirname(python))  # noqa: PTH120 - a path that is only looked at
    for line in _read(prefix, "pyvenv.cfg").splitlines():
        key, _, value = line.partition("=")
        if key.strip() in {"version", "version_info"} and (found := _RELEASE.match(value.strip())):
            return found[0]
    prefix = os.path.dirname(os.path.dirname(os.path.realpath(python)))  # noqa: PTH120 - as above
    names = [name for name in _list(f"{prefix}/lib") if name.startswith("python3.")]
    own = os.path.basename(os.path.realpath(python))  # noqa: PTH119 - as above
    name = own if own.startswith("python3.") else names[0] if len(names) == 1 else ""
    release = _RELEASE.match(name.removeprefix("python"))
    return release[0] if release else None


def find_integrations(python: str) -> tuple[str, ...]:
    """The packages of a Python whose workers start jobs in other places, such as ``prefect-docker``.

    Args:
        python: an interpreter, which is not run: the directory of its packages says it.
    """
    if python == sys.executable:
        directories = sys.path
    else:
        library = os.path.join(os.path.dirname(os.path.dirname(python)), "lib")  # noqa: PTH118, PTH120 - as above
        directories = [f"{library}/{name}/site-packages" for name in _list(library) if "python3" in name]
    names = [name for directory in directories for name in _list(directory)]
    kinds = (kind for kind in _WITH_WORKERS if any(name.startswith(f"prefect_{kind}-") for name in names))
    return tuple(f"prefect-{kind}" for kind in kinds)


def _read(directory: str, name: str) -> str:
    """The text of a file, up to a megabyte; nothing where there is none."""
    try:
        return read_start(f"{directory}/{name}", most=_MOST).decode("utf-8", "replace")
    except OSError:
        return ""


def _list(directory: str) -> list[str]:
    try:
        return os.listdir(directory or ".")  # noqa: PTH208 - one call, for a path that may be relative
    except OSError:
        return []
