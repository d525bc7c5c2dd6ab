"""The kinds of trust store, as ``--store`` names them."""

from __future__ import annotations

from typing import Final, Literal

StoreKind = Literal["system", "nss", "java"]

STORE_KINDS: Final[tuple[StoreKind, ...]] = ("system", "nss", "java")
"""In the order in which they are written."""
