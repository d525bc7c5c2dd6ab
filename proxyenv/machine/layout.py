"""Where the files of this user's installation lie."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.machine.config_directory import HOME_VARIABLE, find_user_directory
from proxyenv.model.installation import Layout

if TYPE_CHECKING:
    from collections.abc import Mapping


def find_layout(prefix: str | None, environment: Mapping[str, str]) -> Layout:
    """The directories of an installation.

    Args:
        prefix: what ``--prefix`` says, or ``None``; relative to the current directory.
        environment: where ``PROXYENV_HOME`` is looked up.

    Returns:
        Absolute paths with every symlink followed, since the home or a directory in it may be one.
    """
    given = prefix or environment.get(HOME_VARIABLE)
    if given:
        return Layout.under(Path(os.path.realpath(os.path.expanduser(given))))  # noqa: PTH111 - never raises
    paths = map(find_user_directory, ("config", "data", "state"))
    return Layout(*(Path(os.path.realpath(path)) for path in paths))
