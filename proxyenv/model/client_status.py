"""What a client of the knowledge base is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
    """

    place: str
    version: str | None
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a client gets the proxy and the corporate CA.

    Args:
        coverage: the answer.
        reason: why, as a clause.
    """

    coverage: Coverage
    reason: str
