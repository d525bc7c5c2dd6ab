"""Where the env files lie, found without importing anything."""

from __future__ import annotations

import os
import sys

HOME_VARIABLE = "PROXYENV_HOME"
"""Means the same as ``--prefix``, for every verb."""


def find_config_directory(prefix: str | None) -> str:
    """The directory of the env files, absolute.

    On Linux this is the XDG rule that platformdirs implements, written out: importing platformdirs
    costs more than starting Python does. A test holds the two together.

    Args:
        prefix: what ``--prefix`` says, or ``None``.
    """
    given = prefix or os.environ.get(HOME_VARIABLE)
    if given:
        return os.path.realpath(os.path.expanduser(given))  # noqa: PTH111 - pathlib costs as much as the rest
    platform: str = sys.platform  # a variable, or type checkers would take the rest for unreachable elsewhere
    if platform != "linux" or "ANDROID_DATA" in os.environ:
        from platformdirs import user_config_dir

        return user_config_dir("proxyenv", appauthor=False)
    base = os.environ.get("XDG_CONFIG_HOME", "")
    if not base.strip():
        base = os.path.expanduser("~/.config")  # noqa: PTH111 - likewise
    return f"{base}/proxyenv"
