"""What the rules go by: the image, and what this machine knows."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.decide.images.secrets import Known

if TYPE_CHECKING:
    from datetime import datetime

    from proxyenv.decide.images.tree import ImageTree, ImageUser
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.image import ImageConfig
    from proxyenv.model.tools import Conflict, ToolProxy


class Expected(NamedTuple):
    """What this machine knows.

    Args:
        anchors: the corporate CAs.
        bundle: the fingerprints of the bundle that is installed here; none where nothing is.
        public: those of the public roots.
        known: the passwords that are searched for exactly.
    """

    anchors: tuple[Certificate, ...] = ()
    bundle: frozenset[str] = frozenset()
    public: frozenset[str] = frozenset()
    known: Known = Known()


class ImageEvidence(NamedTuple):
    """One image, and what it is judged by.

    Args:
        tree: its files.
        config: its configuration, empty for a directory.
        user: who a container runs as; ``None`` where the image does not know its own user.
        expected: what this machine knows.
        conflicts: settings of tools that verify nothing, or name a file that is not there.
        proxies: the proxies that tools have in their own settings.
        now: aware.
    """

    tree: ImageTree
    config: ImageConfig
    user: ImageUser | None
    expected: Expected
    now: datetime
    conflicts: tuple[Conflict, ...] = ()
    proxies: tuple[ToolProxy, ...] = ()


def locate(conflict: Conflict) -> tuple[str, int | None] | None:
    """The file of a setting, and the line in it; ``None`` for a variable."""
    found = re.match(r"`(/[^`]*)`(?:, line (\d+))?", conflict.provenance)
    return (found[1], int(found[2]) if found[2] else None) if found else None
