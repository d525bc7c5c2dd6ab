"""The maintainers' scripts as modules."""

from __future__ import annotations

import importlib.util
from importlib.machinery import SourceFileLoader
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from types import ModuleType

SCRIPTS: Final = Path(__file__).parents[2] / "scripts"


def load_script(name: str) -> ModuleType:
    """Import a file of ``scripts``, whether or not its name ends in `.py`."""
    loader = SourceFileLoader(name.removesuffix(".py"), str(SCRIPTS / name))
    spec = importlib.util.spec_from_loader(loader.name, loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module
