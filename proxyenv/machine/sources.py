"""The source of our own modules, for what is put together from it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def read_sources(modules: Iterable[str]) -> dict[str, str]:
    """The source of modules of proxyenv, by their names, wherever they were loaded from, such as an archive.

    Args:
        modules: whole names; none of them is run.

    Raises:
        OSError: a source is not there.
    """
    return {name: _read(name) for name in modules}


def _read(name: str) -> str:
    spec = importlib.util.find_spec(name)
    find = getattr(spec.loader if spec else None, "get_source", lambda _: None)
    source: str | None = find(name)
    if source is None:
        raise FileNotFoundError(f"the source of `{name}` is not installed")
    return source
