"""Where settings are for: this machine, an image, a pod, a job of a work pool, a CI job."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from proxyenv.model.installation import BUNDLE, CERTS, CORPORATE, PKCS12
from proxyenv.model.target import Variable
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import PurePath, PurePosixPath

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.proxy_url import ProxyURL

EVERYWHERE: Final = "/etc/proxyenv"
"""Where the files lie in another place, unless ``--at`` says otherwise."""


class RootFiles(Protocol):
    """The files that hold the roots, as variables and settings name them."""

    @property
    def bundle(self) -> PurePath:
        """Public roots and corporate CAs."""

    @property
    def corporate(self) -> PurePath:
        """The corporate CAs alone."""

    @property
    def certs(self) -> PurePath:
        """The same roots as the bundle, as a directory in which OpenSSL finds each by its hash."""

    @property
    def pkcs12(self) -> PurePath:
        """The same roots as the bundle, as a trust store for Java."""


class PlaceLayout(NamedTuple):
    """Where the files lie in another place; their names are those of an installation.

    Args:
        directory: absolute, as that place has it.
    """

    directory: PurePosixPath

    @property
    def bundle(self) -> PurePosixPath:
        """Public roots and corporate CAs, for every variable that replaces the roots."""
        return self.directory / BUNDLE

    @property
    def corporate(self) -> PurePosixPath:
        """The corporate CAs alone, for every variable that adds to the roots."""
        return self.directory / CORPORATE

    @property
    def certs(self) -> PurePosixPath:
        """The same roots as the bundle, as a directory in which OpenSSL finds each by its hash."""
        return self.directory / CERTS

    @property
    def pkcs12(self) -> PurePosixPath:
        """The same roots as the bundle, as a trust store for Java."""
        return self.directory / PKCS12

    def env_file(self, ending: str) -> PurePosixPath:
        """The env file with an ending, such as `sh`."""
        return self.directory / f"env.{ending}"


class Place(NamedTuple):
    """A kind of place, and what is true there.

    Args:
        name: what ``env --place`` calls it.
        title: for messages, with its article.
        readers: who can read what is written for it, for messages.
        own_loopback: whether loopback there is the loopback of this machine.
        holds_secrets: whether what is written for it may hold a password.
        in_cluster: whether the services of a Kubernetes cluster are reached directly there.
    """

    name: str
    title: str
    readers: str
    own_loopback: bool = False
    holds_secrets: bool = False
    in_cluster: bool = False


PLACES: Final = (
    Place("machine", "this machine", "its user", own_loopback=True, holds_secrets=True),
    Place("host", "all users of this machine", "every user of this machine", own_loopback=True),
    Place("image", "a container image", "whoever has the image"),
    Place(
        "kubernetes",
        "a pod of Kubernetes",
        "whoever may read the namespace",
        holds_secrets=True,
        in_cluster=True,
    ),
    Place("job", "a job of a work pool", "whoever may read the work pool"),
    Place("ci", "a job of a CI system", "whoever may read its logs"),
)
"""Every kind of place. In Kubernetes a password goes into a Secret, never into what stands beside it."""


def find_place(name: str) -> Place:
    """The place of a name that is among those of :data:`PLACES`."""
    return next(each for each in PLACES if each.name == name)


HOST: Final = find_place("host")
"""All users of this machine, and its services."""


IMAGE: Final = find_place("image")
"""A container image; so what is given to a container when it is started."""

HAND_ON: Final = "docker run --env HTTP_PROXY --env HTTPS_PROXY --env http_proxy --env https_proxy IMAGE"
"""Hands the proxies of a shell to one container, so that no command and no image holds a password."""


def api_variables(url: str | None) -> tuple[Variable, ...]:
    """The variable that names the Prefect API, where there is one."""
    return () if url is None else (Variable("PREFECT_API_URL", url),)


class PlaceTarget(NamedTuple):
    """What is decided for another place: nothing in it is true only of this machine.

    Args:
        place: which it is.
        layout: where the files lie there.
        http_proxy: for ``http://`` origins, or ``None`` for direct.
        https_proxy: for ``https://`` origins, or ``None`` for direct.
        no_proxy: the entries to write, in order.
        anchors: the corporate CAs, sorted by fingerprint.
        public_roots: those that the bundle starts from, sorted by fingerprint.
        roots_title: where they are from, for people.
        variables: what a process there must have and must not have, in the order of the env files.
        settings: what a Prefect profile there says: ``PREFECT_…`` names to values.
        notes: what the user should know, a sentence each.
    """

    place: Place
    layout: PlaceLayout
    http_proxy: ProxyURL | None
    https_proxy: ProxyURL | None
    no_proxy: tuple[str, ...]
    anchors: tuple[Certificate, ...]
    public_roots: tuple[Certificate, ...]
    roots_title: str
    variables: tuple[Variable, ...]
    settings: Mapping[str, str]
    notes: tuple[str, ...] = ()

    @property
    def exports(self) -> tuple[Variable, ...]:
        """What a process there gets: the variables, and of Prefect's settings the API alone.

        A worker hands on each setting of Prefect that is set, and a job in another image has no bundle.
        """
        return (*self.variables, *api_variables(self.settings.get("PREFECT_API_URL")))

    @property
    def sensitive(self) -> bool:
        """Whether a variable holds a password."""
        return any(variable.sensitive for variable in self.variables)
