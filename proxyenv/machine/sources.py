"""The source of our own modules, for what is put together from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_ROOT: Final = Path(__file__).parents[2]


def read_sources(modules: Iterable[str]) -> dict[str, str]:
    """The source of modules of proxyenv, by their names."""
    paths = {name: _ROOT.joinpath(*name.split(".")).with_suffix(".py") for name in modules}
    return {name: path.read_text("utf-8") for name, path in paths.items()}
