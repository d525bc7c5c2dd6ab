"""An environment in which Python shall go through truststore."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Site:
    """A Python environment.

    Args:
        python: its interpreter, absolute.
        packages: its site-packages, symlinks resolved; a ``.pth`` file there is read at every start.
        has_truststore: whether truststore is installed in it.
    """

    python: Path
    packages: Path
    has_truststore: bool
