"""The source of our own modules: some of them run in another Python, or in an image."""

from __future__ import annotations

from importlib.util import find_spec


def read_own_source(module: str) -> str:
    """The source of a module of proxyenv, wherever that was loaded from, such as an archive.

    Args:
        module: its whole name. It is not run.

    Raises:
        OSError: the source is not there.
    """
    spec = find_spec(module)
    find = getattr(spec.loader if spec else None, "get_source", lambda _: None)
    source: str | None = find(module)
    if source is None:
        raise FileNotFoundError(f"the source of `{module}` is not installed")
    return source
