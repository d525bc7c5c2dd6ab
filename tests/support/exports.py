"""What an installation exports on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.machine.config_directory import read_variables

if TYPE_CHECKING:
    from pathlib import Path


def read_exports(home: Path) -> dict[str, str]:
    """Name and value of what `env.sh` sets."""
    written = read_variables(str(home / ".config/proxyenv"))
    return {each.name: each.value for each in written if each.value is not None}
