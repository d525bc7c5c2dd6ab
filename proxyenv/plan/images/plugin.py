"""Prefect's plugin as a wheel, made of proxyenv's own sources: an image need not install proxyenv."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.formats.wheel import Wheel
from proxyenv.model.folder import FolderFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.plan.images.order import ImageOrder

PACKAGE: Final = "proxyenv_plugin"

SOURCES: Final = {
    "proxyenv.image_plugin": "__init__",
    "proxyenv.model.additions": "additions",
}
"""The modules that go into the wheel, and their names there."""

_MOVED: Final = {
    **{name: f"{PACKAGE}.{there}" for name, there in SOURCES.items()},
    "proxyenv.model.place": f"{PACKAGE}.place",
    "proxyenv.record": "typing",
}
"""What they import of proxyenv, and from where in the wheel."""

_IMPORT: Final = re.compile(r"^from (proxyenv[\w.]*) import ", re.MULTILINE)


def render_plugin(order: ImageOrder) -> Iterator[FolderFile]:
    """The wheel."""
    wheel = make_wheel(order)
    yield FolderFile(wheel.file_name, wheel.render())


def make_wheel(order: ImageOrder) -> Wheel:
    """The wheel ``proxyenv-prefect-plugin``; it knows where the files are in the image."""
    modules = {
        f"{PACKAGE}/{there}.py": _IMPORT.sub(
            lambda found: f"from {_MOVED[found[1]]} import ", order.sources[name]
        )
        for name, there in SOURCES.items()
    }
    directory = str(order.target.layout.directory)
    modules[f"{PACKAGE}/place.py"] = (
        f'"""Where the files are in this image."""\n\nEVERYWHERE = {directory!r}\n'
    )
    return Wheel(
        name="proxyenv-prefect-plugin",
        version=order.version,
        summary="Prefect's plugin of an image that proxyenv wrote: proxy and CA for every process",
        requires_python=">=3.10",
        entry_points={"prefect.plugins": ("proxyenv-plugin", PACKAGE)},
        modules=modules,
    )
