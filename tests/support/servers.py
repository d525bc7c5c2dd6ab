"""Prefect's server with a database that was made before: to make one takes most of a start."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.demo.prefect_server import start_prefect_server
from support.machine import TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from proxyenv.demo.prefect_server import PrefectServer

_AS_MADE: Final = {
    "PREFECT_API_DATABASE_MIGRATE_ON_START": "false",
    "PREFECT_API_BLOCKS_REGISTER_ON_START": "false",
}
"""What a start has done already for a database that was made: a fifth of its time."""

_VERSION: Final = "from importlib.metadata import version; print(version('prefect'))"


def start_server(
    directory: Path, *, environment: Mapping[str, str], python: str = sys.executable
) -> AbstractContextManager[PrefectServer]:
    """Start a server, and sooner where :data:`TOOLS` has a database of its version.

    Args:
        directory: gets the database and the log; it must exist.
        environment: its environment, to which Prefect's variables are added.
        python: with the Prefect of the server.
    """
    made = _find_place(TOOLS, python)
    if made.is_file():
        (directory / "prefect").mkdir()
        shutil.copyfile(made, directory / "prefect" / "prefect.db")
        environment = {**environment, **_AS_MADE}
    return start_prefect_server(directory, environment=environment, python=python)


def ensure_database(tools: Path, *, machine: Mapping[str, str], python: str = sys.executable) -> None:
    """Let a server of this Prefect make its database, and keep that.

    Args:
        tools: where it is kept.
        machine: the environment, of which `PATH` is used.
        python: with the Prefect of the server.
    """
    place = _find_place(tools, python)
    if place.is_file():
        return
    tools.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="prefect-", dir=tools) as name:
        room = Path(name)
        with start_prefect_server(
            room, environment={"PATH": machine["PATH"], "HOME": name}, python=python
        ) as server:
            server.wait()
        source, whole = sqlite3.connect(room / "prefect" / "prefect.db"), sqlite3.connect(room / "whole.db")
        source.backup(whole)  # what lies beside it in a log included
        source.close()
        whole.close()
        (room / "whole.db").replace(place)


def _find_place(tools: Path, python: str) -> Path:
    return tools / f"prefect-{_find_version(python)}.db"


@cache
def _find_version(python: str) -> str:
    asked = subprocess.run([python, "-c", _VERSION], capture_output=True, text=True, check=True)
    return asked.stdout.strip()
