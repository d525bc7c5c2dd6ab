"""What every verb is given, and what every verb returns."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable
    from datetime import datetime

    from proxyenv.cli.terminal import Terminal
    from proxyenv.model.host import Host


class Result(NamedTuple):
    """What a verb came to.

    Args:
        status: ``ok``, ``changed`` or ``failed``.
        exit_code: see ``--help``.
        data: for ``--output json``.
        lines: for ``--output text``, to standard output.
    """

    status: str
    exit_code: int
    data: dict[str, Any]
    lines: Iterable[str] = ()


class Session(NamedTuple):
    """One run: what was asked, on which machine, with which terminal, and when."""

    options: argparse.Namespace
    host: Host
    terminal: Terminal
    now: datetime

    def paint(self, words: str, style: str) -> str:
        """Colours for standard output."""
        return self.terminal.paint(words, style, sys.stdout)

    def paint_remark(self, words: str, style: str) -> str:
        """Colours for standard error."""
        return self.terminal.paint(words, style, sys.stderr)
