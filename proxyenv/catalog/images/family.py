"""What is known of a kind of image. Pure: it gives lines of a Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.catalog.stores.linux import Distribution
    from proxyenv.model.place import PlaceLayout, RootFiles

NOT_RUN: Final = "from the documentation of its tool; not run"

_PATH: Final = "PATH=$PATH:/usr/sbin:/sbin"
"""Where the tools are; an image that names its own path often leaves this out."""


class Family(NamedTuple):
    """Images that have one kind of trust store.

    Args:
        name: what ``--family`` calls it.
        title: for people.
        base: the image that is built upon unless another is named.
        distribution: whose store it has; ``None`` where there is no shell, and so no command either.
        tested: how we know that it works.
    """

    name: str
    title: str
    base: str
    distribution: Distribution | None
    tested: str = NOT_RUN

    def render_store(self, files: RootFiles) -> str | None:
        """The shell command that rebuilds the store from the CAs in its place; ``None``: there is none."""
        known = self.distribution
        if known is None:
            return None
        refresh = " ".join((known.tool, *known.refresh))
        if not known.install:
            return f"{_PATH}; {refresh}"
        install = known.install.format(bundle=files.bundle, corporate=files.corporate)
        return f"{_PATH}; command -v {known.tool} >/dev/null || {{ {install}; }} && {refresh}"


class Flavor(NamedTuple):
    """A published image with an entrypoint of its own.

    Args:
        name: what ``--flavor`` calls it.
        title: for people.
        family: of its trust store.
        base: its name.
        render: lines of a Dockerfile besides those of the family: takes where the files are in the image, the
            name of the plugin's wheel there, and what the names of files in the build context begin with.
    """

    name: str
    title: str
    family: str
    base: str
    render: Callable[[PlaceLayout, str, str], tuple[str, ...]]
