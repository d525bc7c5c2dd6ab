"""Looks for the unrelated distribution that shares our import name."""

from __future__ import annotations

import os
import sys

from proxyenv.errors import DiscoveryError


def require_no_other(path: list[str] | None = None) -> None:
    """Refuse to run beside the distribution named ``proxyenv``.

    PyPI has a dormant package of that name (0.5.1, 2016) which installs the same import package and
    the same command: whichever is installed last overwrites files of the other. Ours is called
    ``proxyenv-bootstrap``.

    Args:
        path: the directories to look in; ``sys.path`` by default.

    Raises:
        DiscoveryError: ``other-proxyenv``.
    """
    for directory in sys.path if path is None else path:
        try:
            names = os.listdir(directory or ".")  # noqa: PTH208 - importlib.metadata takes ten times as long
        except OSError:
            continue
        for name in names:
            if name.startswith("proxyenv-") and name.endswith((".dist-info", ".egg-info", ".egg")):
                raise DiscoveryError(
                    "other-proxyenv",
                    f"the unrelated distribution `{name.rpartition('.')[0]}` is installed in `{directory}`, "
                    "and its files overwrite ours",
                    hint="`pip uninstall proxyenv`, then install `proxyenv-bootstrap` again",
                )
