"""A value and where it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """Something that was found, with its provenance.

    Args:
        value: what was found.
        provenance: where, in words for a person: ```HTTPS_PROXY` in the environment``.
    """

    value: T
    provenance: str
