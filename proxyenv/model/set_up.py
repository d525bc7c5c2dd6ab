"""What is set up on this machine, as far as clients can tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.tool_config import StaleSetting


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is set up here.

    Args:
        written: the variables of ``env.sh``: name to value.
        lacking: those of them that name a file that is not there.
        environment: what this process has, or ``None`` where that does not matter.
        env_file: what a shell has to source.
        told: the files of tools that say what was written into them, by their name among the places.
        store: whether the operating system's store has every corporate CA that is known.
        truststore: whether the operating system's store is to count where it can.
        hooked: the directories of packages in which Python goes through truststore.
        stale: the user's own settings that fight what is written.
        plugin: whether Prefect's plugin sets the variables in Prefect's processes.
    """

    written: Mapping[str, str]
    lacking: frozenset[str] = frozenset()
    environment: Mapping[str, str] | None = None
    env_file: str = ""
    told: frozenset[str] = frozenset()
    store: bool = False
    truststore: bool = False
    hooked: tuple[str, ...] = ()
    stale: tuple[StaleSetting, ...] = ()
    plugin: bool = False
