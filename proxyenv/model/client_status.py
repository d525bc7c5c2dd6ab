"""What a client of the knowledge base is on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Coverage = Literal["covered", "trust-install", "configure", "not-covered"]
"""``covered`` by the written variables, by its own file, or by the system's store; ``trust-install`` and
``configure`` are what it still needs; ``not-covered`` is what nothing here can change."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A client that is here.

    Args:
        place: the program, or the module that this interpreter would import.
        version: as it says itself, or ``None`` where it does not say.
    """

    place: str
    version: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a client gets the proxy and the corporate CA.

    Args:
        coverage: the answer.
        reason: why, as a clause.
    """

    coverage: Coverage
    reason: str
