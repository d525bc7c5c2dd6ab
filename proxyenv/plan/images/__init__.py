"""What `image write` writes: the parts of a folder for a build, each a pure function from an order to files.

A further part is a module here and one line in ``PARTS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.plan.images.dockerfiles import render_dockerfiles
from proxyenv.plan.images.environment import render_environment
from proxyenv.plan.images.plugin import render_plugin
from proxyenv.plan.images.roots import render_roots

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.model.folder import FolderFile
    from proxyenv.plan.images.order import ImageOrder

PARTS: Final[tuple[Callable[[ImageOrder], Iterator[FolderFile]], ...]] = (
    render_roots,
    render_environment,
    render_plugin,
    render_dockerfiles,
)
"""Each part, in the order in which the files are written."""


def render_image(order: ImageOrder) -> tuple[FolderFile, ...]:
    """Every file of the folder but its manifest. Equal orders give equal bytes.

    Raises:
        PlanError: ``value-unrepresentable`` or ``password-refused``.
    """
    return tuple(file for part in PARTS for file in part(order))
