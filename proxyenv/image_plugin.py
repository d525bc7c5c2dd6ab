"""Prefect's plugin of an image: it gives every process that imports Prefect the proxy and the CA.

`proxyenv image write` packs this source, with the rule of `model/additions.py`, into a wheel without
dependencies, as `proxyenv_plugin`. It reads the `env.list` in the image, and never replaces a variable that
the process has. Where proxyenv itself is installed, proxyenv's own plugin does the work.
"""

from __future__ import annotations

import os
import stat
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

from prefect.plugins import SetupResult, register_hook

from proxyenv.model.additions import choose_additions
from proxyenv.model.place import EVERYWHERE

if TYPE_CHECKING:
    from prefect.plugins import HookContext

_LONGEST: Final = 1024 * 1024


@register_hook
def setup_environment(*, ctx: HookContext) -> SetupResult | None:
    """Prefect's hook: what to add to the environment of this process, or ``None`` for nothing."""
    if _has_proxyenv():
        return None
    warn = ctx.logger_factory("proxyenv").warning
    path = f"{EVERYWHERE}/env.list"
    try:
        lines = (line.partition("=") for line in _read(path).split("\n"))
        written = {name: value for name, found, value in lines if found}
    except (OSError, ValueError) as error:
        warn("proxyenv sets no proxy and no CA here: %s", error)
        return None
    added = choose_additions(written, os.environ, os.path.exists)
    for what in (*added.missing, *added.unusable):
        warn("proxyenv leaves out what names a missing file or is damaged in `%s`: %s", path, what)
    return SetupResult(env=added.variables, note="proxy and CA") if added.variables else None


def _read(path: str) -> str:
    """A whole file; what is none, such as a pipe that nobody writes to, is not waited for.

    Raises:
        OSError: it cannot be read, is no file, or is larger than anybody writes it.
        ValueError: it is not UTF-8.
    """
    with open(path, encoding="utf-8", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(f"`{path}` is not a regular file")
        text = file.read(_LONGEST + 1)
    if len(text) > _LONGEST:
        raise OSError(f"`{path}` is larger than 1 MiB")
    return text


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _has_proxyenv() -> bool:
    try:
        return find_spec("proxyenv.plugin") is not None
    except ImportError:
        return False
