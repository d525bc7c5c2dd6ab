"""What `image write` writes: the parts of a folder for a build, each a pure function from an order to files.

A further part is a module here and one line in ``PARTS``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.plan.images.build_only import render_build_only
from proxyenv.plan.images.builders import render_builders
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
    render_builders,
)
"""Each part, in the order in which the files are written."""

BUILD_PARTS: Final = (render_build_only, render_builders)
"""The same for a folder of which nothing gets into the image."""


def render_image(order: ImageOrder, *, build_only: bool = False) -> tuple[FolderFile, ...]:
    """Every file of the folder but its manifest. Equal orders give equal bytes.

    Args:
        order: what the image is to get.
        build_only: whether that is for the steps of its build alone.

    Raises:
        PlanError: ``value-unrepresentable`` or ``password-refused``.
        UsageError: ``usage``: a name that a Dockerfile would not take as it is.
    """
    parts = BUILD_PARTS if build_only else PARTS
    return tuple(file for part in parts for file in part(order))
