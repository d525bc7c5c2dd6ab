"""JupyterHub: it hands its users' servers a few variables of its own, and what its configuration names.

So what the service or a login shell has reaches no notebook. The file is a part of a configuration, to be
named in `jupyterhub_config.py`. Source: `Spawner.env_keep` and `Spawner.environment`; read with
JupyterHub 6.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from proxyenv.model.installation import Layout
    from proxyenv.model.target import Variable

TRACES: Final = ("/etc/jupyterhub", "/srv/jupyterhub", "/opt/tljh")
"""Where a JupyterHub keeps its files."""

_TEXT: Final = """\
# Written by proxyenv; `proxyenv setup --system` overwrites it. In `jupyterhub_config.py`, as the last line:
# {line}
c = get_config()  # noqa
c.Spawner.environment.update(
{values}
)
"""


def find_file(layout: Layout) -> Path:
    """Where the part of the configuration lies."""
    return layout.config / "jupyterhub_config.py"


def render_line(path: Path) -> str:
    """The line that reads it."""
    return f"load_subconfig({json.dumps(str(path))})"


def render_part(path: Path, variables: Iterable[Variable]) -> str:
    """The text of the file: JSON that holds only strings is valid Python too."""
    values = {each.name: each.value for each in variables if each.value is not None}
    return _TEXT.format(line=render_line(path), values=json.dumps(values, indent=4))
