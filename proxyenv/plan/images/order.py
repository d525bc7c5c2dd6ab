"""What an image is to get, and upon what it is built."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.catalog.images.family import Family, Flavor
    from proxyenv.model.place import PlaceTarget


class ImageOrder(NamedTuple):
    """What `image write` was asked for.

    Args:
        target: what is decided for the image.
        family: of its trust store.
        flavor: the published image with an entrypoint of its own, if it is one.
        base: the image to build upon.
        user: who its processes run as, where that is not root: only root may rebuild the store.
        folder: the name of the folder, in the build context of the user's own Dockerfile.
        version: of proxyenv.
        sources: the source of each module that the plugin consists of, by the name of the module.
    """

    target: PlaceTarget
    family: Family
    flavor: Flavor | None
    base: str
    user: str | None
    folder: str
    version: str
    sources: Mapping[str, str]

    @property
    def needs_java(self) -> bool:
        """Whether a variable names the trust store for Java."""
        store = str(self.target.layout.pkcs12)
        return any(store in (variable.value or "") for variable in self.target.variables)
