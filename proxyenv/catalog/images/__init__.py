"""What proxyenv knows of container images: families by trust store, and images with special entrypoints.

A family takes where its CAs go, and the command of its store, from the distribution in ``catalog/stores/``.
To add one, give it an entry in ``FAMILIES``; then run ``scripts/tables``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.images.family import Family
from proxyenv.catalog.images.prefect import FLAVOR as PREFECT
from proxyenv.catalog.stores.alpine import DISTRIBUTION as ALPINE
from proxyenv.catalog.stores.debian import DISTRIBUTION as DEBIAN
from proxyenv.catalog.stores.fedora import DISTRIBUTION as FEDORA
from proxyenv.catalog.stores.suse import DISTRIBUTION as SUSE

if TYPE_CHECKING:
    from proxyenv.catalog.images.family import Flavor

__all__ = ["FAMILIES", "FLAVORS", "find_family", "find_flavor"]

FAMILIES: Final = (
    Family(
        "debian",
        "Debian, Ubuntu and what is made from them",
        "python:3.12-slim",
        DEBIAN,
        tested="built and run on Debian 12 by the tests",
    ),
    Family("rhel", "RHEL, UBI, Fedora, Amazon Linux", "redhat/ubi9", FEDORA),
    Family("alpine", "Alpine", "python:3.12-alpine", ALPINE),
    Family("suse", "SUSE, openSUSE", "opensuse/leap:15.6", SUSE),
    Family("none", "distroless, scratch: no shell", "scratch", None, tested="built and run by the tests"),
)
"""Every family, the default first."""

FLAVORS: Final[tuple[Flavor, ...]] = (PREFECT,)
"""Every image with an entrypoint of its own."""


def find_family(name: str) -> Family:
    """The family of a name that the command line takes."""
    return next(each for each in FAMILIES if each.name == name)


def find_flavor(name: str) -> Flavor:
    """The flavor of a name that the command line takes."""
    return next(each for each in FLAVORS if each.name == name)
