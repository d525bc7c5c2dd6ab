"""What is set up on this machine, as far as clients can tell, and what that makes of a client."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.tools import Aspect, Conflict

Measured = Literal["yes", "newer", "older"]
"""Whether a version was driven against real servers, or is newer or older than all that were."""

Coverage = Literal["covered", "source", "trust-install", "configure", "not-covered"]
"""``covered`` by the variables that this process has, by its own file, or by the system's store; ``source``,
``trust-install`` and ``configure`` are what it still needs; ``not-covered`` is what none of them changes."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A client that is here.

    Args:
        place: the program, or the module that this interpreter would import.
        version: as it says itself, or ``None`` where it does not say.
        prefix: the environment of Python that it would be part of, symlinks resolved.
        asked: whether it was asked for its version.
        too_old: whether its version is older than all that the catalogue is about.
    """

    place: str
    version: str | None
    prefix: str | None = None
    asked: bool = True
    too_old: bool = False


@dataclass(frozen=True, slots=True)
class ClientCoverage:
    """Whether a client gets the proxy and the corporate CA.

    Args:
        coverage: the answer.
        reason: why, as a clause.
    """

    coverage: Coverage
    reason: str


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is set up here.

    Args:
        written: the variables of ``env.sh``: name to value.
        lacking: those of them that name a file that is not there.
        environment: what this process has, or ``None`` where that does not matter.
        env_file: what a shell has to source.
        configured: the tools whose own files hold what was written there, each with what they say.
        store: whether the operating system's store has every corporate CA that is known.
        truststore: whether the operating system's store is to count where it can.
        hooked: the directories of packages in which Python goes through truststore.
        conflicts: the user's own settings that work against what is written.
        plugin: whether Prefect's plugin sets the variables in Prefect's processes.
    """

    written: Mapping[str, str]
    lacking: frozenset[str] = frozenset()
    environment: Mapping[str, str] | None = None
    env_file: str = ""
    configured: frozenset[tuple[str, Aspect]] = frozenset()
    store: bool = False
    truststore: bool = False
    hooked: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    plugin: bool = False
