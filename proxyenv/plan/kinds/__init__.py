"""The kinds of file that proxyenv writes: how each is written, undone, checked and shown.

A kind is one module here and one line in :data:`KINDS`; nothing else asks what a kind is called.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.plan.kinds.block import BLOCK
from proxyenv.plan.kinds.owned import OWNED, TREE
from proxyenv.plan.kinds.settings import SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.change import Kind
    from proxyenv.plan.kinds.kind import FileKind

KINDS: Final[Mapping[Kind, FileKind]] = {
    "owned": OWNED,
    "block": BLOCK,
    "settings": SETTINGS,
    "keys": SETTINGS,  # what version 0.1.0 called the settings in `profiles.toml`
    "tree": TREE,
}
"""By the name that a receipt holds."""
