"""What was read from the machine, with provenance."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Generic, Literal, TypeVar

from proxyenv.model.installation import Installation
from proxyenv.model.tools import NamedRoots, ToolFindings
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.errors import ProxyenvError
    from proxyenv.model.certificate import Certificate, LeftOut
    from proxyenv.model.jobs import JobSources

T = TypeVar("T")

Use = Literal["adopted", "proposed", "shown"]
"""What ``setup`` does with a source: takes it, asks first, or only shows it."""


class Found(NamedTuple, Generic[T]):
    """Something that was found, with its provenance.

    Args:
        value: what was found.
        provenance: where, in words for a person: ```HTTPS_PROXY` in the environment``.
    """

    value: T
    provenance: str


class Rejection(NamedTuple):
    """A find that cannot be used.

    Args:
        provenance: where it was found.
        reason: why it was set aside, as a clause.
        code: of the family ``errors``, for a CA; empty for anything else.
    """

    provenance: str
    reason: str
    code: str = ""


class ProfilesFile(NamedTuple):
    """A ``profiles.toml``.

    Args:
        path: symlinks resolved.
        text: ``None`` where it does not exist.
        active: the profile that it, or the environment, names as active, or ``None``.
    """

    path: Path
    text: str | None
    active: str | None


class PrefectFindings(NamedTuple):
    """Prefect's settings as this machine has them.

    Args:
        profiles_path: the ``profiles.toml`` that Prefect would read, symlinks resolved.
        profiles: its text, or ``None`` when it does not exist.
        active: the profile that it names as active, or ``None``.
        api_url: the API that Prefect would use today, or ``None``.
        shadows: settings that override any profile: name → value, with provenance.
        unreadable: settings files that could not be read, so that what they override is unknown.
        located: what says where ``profiles.toml`` is; ``None`` for the usual place.
        chosen: what says which profile counts; ``None`` where Prefect takes its own default.
        settings: what Prefect takes of those that a profile may need, the profile's own among them.
        own: the file that is written, where the files of a project name the one that Prefect would read.
    """

    profiles_path: Path
    profiles: str | None
    active: str | None
    api_url: Found[str] | None
    shadows: tuple[tuple[str, Found[str]], ...] = ()
    unreadable: tuple[Rejection, ...] = ()
    located: str | None = None
    chosen: str | None = None
    settings: Mapping[str, Found[str]] = MappingProxyType({})
    own: ProfilesFile | None = None

    @property
    def written(self) -> ProfilesFile:
        """The file that is written, which no project names."""
        return self.own or ProfilesFile(self.profiles_path, self.profiles, self.active)


class SystemStore(NamedTuple):
    """The roots that the operating system trusts.

    Args:
        source: where they are, for people.
        roots: sorted by fingerprint.
        digest: of the set, to see later whether it has changed.
    """

    source: str
    roots: tuple[Certificate, ...]
    digest: str


class SourceSettings(NamedTuple):
    """What one source of settings says about proxies, not yet judged.

    Args:
        source: its name, see ``catalog.sources``.
        proxies: raw proxy URLs by kind (``http``, ``https``, ``all``), the strongest first; equal texts are
            one find, their provenance joined.
        no_proxy: raw NO_PROXY lists.
        use: whether ``setup`` takes it by itself, proposes it, or merely shows it.
        direct: where it says that there is no proxy, each with what it says.
        pac: PAC files that it names, by URL or path.
        notes: what NO_PROXY cannot say of it, and what is odd.
        patterns: whether its lists are patterns, in which a name is that name alone, as those of Windows and
            macOS are; otherwise each list is judged by its text.
    """

    source: str
    proxies: tuple[tuple[str, Found[str]], ...] = ()
    no_proxy: tuple[Found[str], ...] = ()
    use: Use = "adopted"
    direct: tuple[Found[str], ...] = ()
    pac: tuple[Found[str], ...] = ()
    notes: tuple[Found[str], ...] = ()
    patterns: bool = False

    def joined(self, other: SourceSettings) -> SourceSettings:
        """What both say, this one first; all else is as it is here."""
        return self._replace(
            proxies=(*self.proxies, *other.proxies),
            no_proxy=(*self.no_proxy, *other.no_proxy),
            direct=(*self.direct, *other.direct),
            pac=(*self.pac, *other.pac),
            notes=(*self.notes, *other.notes),
        )


class Surroundings(NamedTuple):
    """What was read of the network around the machine.

    Args:
        names: the machine's own names, lower case; none in a container, which gets a new one each time.
        cluster_address: the service address of the Kubernetes cluster that this runs in, empty where it is
            unknown; ``None`` outside a cluster.
        cloud: the cloud that the machine runs in, a key of ``no_proxy.derivation.METADATA``, or ``None``.
        known_hosts: names and addresses from the hosts file, this machine's own ones left out.
        network: what tells one network from another, see :func:`proxyenv.machine.resolver.find_network`.
    """

    names: tuple[str, ...] = ()
    cluster_address: str | None = None
    cloud: str | None = None
    known_hosts: tuple[tuple[str, str], ...] = ()
    network: tuple[str, ...] = ()


class Site(NamedTuple):
    """A Python environment.

    Args:
        python: its interpreter, absolute.
        packages: its site-packages, symlinks resolved; a ``.pth`` file there is read at every start.
        has_truststore: whether truststore is installed in it.
    """

    python: Path
    packages: Path
    has_truststore: bool


class PythonStore(NamedTuple):
    """The operating system's roots, where Python's OpenSSL looks for them.

    Args:
        place: where they are, for people.
        path: a PEM file, or a directory that OpenSSL looks up by hash; ``None`` where the operating
            system itself verifies.
        fingerprints: of the certificates in it, SHA-256 of the DER, lower-case hex.
    """

    place: str
    path: str | None
    fingerprints: frozenset[str]


class SharedFindings(NamedTuple):
    """What decides how all users and the services of this machine get the settings.

    Args:
        missing_units: the services that were named and have no unit here.
        jupyterhub: whether there is a JupyterHub.
    """

    missing_units: frozenset[str] = frozenset()
    jupyterhub: bool = False


class TimerFindings(NamedTuple):
    """What a timer would be run by.

    Args:
        python: the interpreter that runs proxyenv, absolute.
        is_here: whether the machine runs timers of the kind that its platform has.
        lingers: whether it runs them while the user is not logged in.
        writer: who besides root could replace the interpreter, as a clause; only where it would run as root.
        files: where those of the timer are written.
    """

    python: str
    is_here: bool
    lingers: bool
    writer: str | None = None
    files: tuple[Path, ...] = ()


class Findings(NamedTuple):
    """Everything that a decision may depend on.

    Args:
        sources: what each source of settings says, the strongest first.
        given_anchors: certificates from ``--ca``, each CA, unexpired.
        given_lasts: whether ``refresh`` can read all of them again: no standard input, no URL, no password,
            no file that others could write.
        given_foreign: which of their files others could write, and why, as a clause; empty where none is.
        anchors: certificates that were found: in files that the environment names and that certifi
            lacks, and mitmproxy's own. Equal ones are merged.
        given_left_out: what else was in the files that ``--ca`` names.
        given_rejections: the same in words.
        proposed_anchors: certificates in files that tools, and variables that nobody reads, name; read where
            no other was found.
        saved_anchors: certificates that the saved configuration stands for.
        saved_notes: what the user should know of them.
        saved_refusal: why they cannot be used; raised when they are needed.
        rejections: finds that were set aside.
        public_roots: what certifi holds, sorted by fingerprint.
        certifi_version: of the certifi that holds them.
        prefect: Prefect's settings.
        system: the operating system's own roots, if they were asked for.
        api_addresses: the addresses that the API's host resolves to here, maybe none.
        surroundings: what decides which hosts can only be reached directly.
        sites: the environments in which Python goes through truststore; read in that mode only.
        gone_venvs: saved environments that no longer exist; read in that mode only.
        python_store: what truststore trusts here, ``None`` if not known; read in that mode only.
        tools: what the tools' own files hold, and which tools are here.
        installation: what an earlier run left, and the files that a plan may touch.
        versions: of the Python that runs the user's flows; none where that is unknown.
        roots: path → what it names, for each that overrides the CA file of every profile.
        timer: what a timer would be run by; read where one is wanted.
        jobs: what gets into jobs that run elsewhere; ``None`` where no worker here starts any.
        shared: read with ``--system`` only.
        unread: files and directories of sources and of tools that are there and cannot be read.
    """

    public_roots: tuple[Certificate, ...]
    certifi_version: str
    prefect: PrefectFindings
    sources: tuple[SourceSettings, ...] = ()
    given_anchors: tuple[Found[Certificate], ...] = ()
    given_lasts: bool = True
    given_foreign: str = ""
    given_left_out: tuple[Found[LeftOut], ...] = ()
    given_rejections: tuple[Rejection, ...] = ()
    anchors: tuple[Found[Certificate], ...] = ()
    proposed_anchors: tuple[Found[Certificate], ...] = ()
    saved_anchors: tuple[Found[Certificate], ...] = ()
    saved_notes: tuple[str, ...] = ()
    saved_refusal: ProxyenvError | None = None
    rejections: tuple[Rejection, ...] = ()
    system: SystemStore | None = None
    api_addresses: tuple[str, ...] = ()
    surroundings: Surroundings = Surroundings()
    sites: tuple[Site, ...] = ()
    gone_venvs: tuple[str, ...] = ()
    python_store: PythonStore | None = None
    tools: ToolFindings = ToolFindings()
    installation: Installation = Installation()
    versions: tuple[str, ...] = ()
    roots: Mapping[str, NamedRoots] = MappingProxyType({})
    jobs: JobSources | None = None
    shared: SharedFindings = SharedFindings()
    timer: TimerFindings | None = None
    unread: tuple[Rejection, ...] = ()

    @property
    def proxies(self) -> tuple[tuple[str, Found[str]], ...]:
        """Raw proxy URLs of all sources, by kind."""
        return tuple(pair for source in self.sources for pair in source.proxies)

    @property
    def no_proxy(self) -> tuple[Found[str], ...]:
        """Raw NO_PROXY lists of all sources."""
        return tuple(found for source in self.sources for found in source.no_proxy)
