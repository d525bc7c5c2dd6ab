"""What a row of the knowledge base says: how one client learns its roots and its proxy."""

from __future__ import annotations

import enum

from proxyenv.record import NamedTuple


class Role(enum.Enum):
    """What the value of a roots variable means to the client that reads it."""

    REPLACES_ROOTS = "replaces"
    """It must name the merged bundle, or every host that is not intercepted breaks."""

    ADDS_ROOTS = "adds"
    """It must name the corporate CAs alone: the whole bundle would be parsed once more for nothing."""


class Holds(enum.Enum):
    """What a roots variable may name."""

    FILE = "file"
    EITHER = "file or hashed directory"
    DIRECTORY = "hashed directory"


class Missing(enum.Enum):
    """What a client does when its roots variable names a file that is not there."""

    FAILS = "every connection fails"
    IGNORED = "its usual roots"
    UNKNOWN = "not measured"


class Credentials(enum.Enum):
    """What a client sends to the proxy of ``http://us%40er:p%40ss@proxy:3128``."""

    DECODED = "decoded"
    ASCII = "decoded, ASCII alone"
    AS_WRITTEN = "as written"
    NONE = "none"


class Answer(enum.Enum):
    """Whether a client can do something, as far as that was measured."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "not measured"


class Roots(NamedTuple):
    """One variable by which a client learns its trust anchors.

    Args:
        variable: its name.
        role: whether it replaces the client's own roots or adds to them. Where an OpenSSL client keeps its
            hashed directory beside the file, as on Debian, it still counts as replacing: elsewhere it does.
        holds: what it may name.
        missing: what the client does when the file is not there.
    """

    variable: str
    role: Role = Role.REPLACES_ROOTS
    holds: Holds = Holds.FILE
    missing: Missing = Missing.FAILS


class Proxy(NamedTuple):
    """How a client learns its proxy from the environment.

    Args:
        https: the variables that it reads for ``https://`` URLs, the one that wins first.
        http: those that it reads for ``http://`` URLs, in the same order.
        schemeless: whether ``host:port`` works as a value.
        socks5h: whether a SOCKS proxy that resolves names itself works.
        tls: whether a proxy that itself speaks TLS works.
        tls_roots: the variables whose roots apply to such a proxy; none where it takes the operating
            system's store alone.
        credentials: what it sends of credentials that stand in the URL.
        exceptions: what it reads before ``NO_PROXY``.
        own: variables of its own, each with the common one whose value it needs. The env files leave them
            out, ``env --client`` prints them.
    """

    https: tuple[str, ...] = ("https_proxy", "HTTPS_PROXY")
    http: tuple[str, ...] = ("http_proxy", "HTTP_PROXY")
    schemeless: Answer = Answer.UNKNOWN
    socks5h: Answer = Answer.UNKNOWN
    tls: Answer = Answer.UNKNOWN
    tls_roots: tuple[str, ...] = ()
    credentials: Credentials = Credentials.DECODED
    exceptions: tuple[str, ...] = ()
    own: tuple[tuple[str, str], ...] = ()


def split_version(version: str) -> tuple[int, ...]:
    """The numbers of a version."""
    return tuple(map(int, version.split(".")))


class Probe(NamedTuple):
    """How to find a client on a machine, and what it says of its version.

    Args:
        program: the name of a program, to be found on ``PATH``.
        module: the name of a Python module, to be found without importing it.
        distribution: what the module is installed as, which knows its version.
        arguments: what makes the program say its version and do nothing else.
        at_least: the first version that the row is about.
        below: the first version that it is no longer about.
        lacking: later versions that the row is not about either, as a change came to several lines of
            releases: each from a version, included, to one that is excluded.
    """

    program: str | None = None
    module: str | None = None
    distribution: str | None = None
    arguments: tuple[str, ...] = ("--version",)
    at_least: tuple[int, ...] = ()
    below: tuple[int, ...] = ()
    lacking: tuple[tuple[tuple[int, ...], tuple[int, ...]], ...] = ()

    def find_remedy(self, version: str) -> tuple[int, ...] | None:
        """The first later version that the row is about; ``None`` where *version* is not too old for it."""
        parts = split_version(version)
        if parts < self.at_least:
            return self.at_least
        return next((after for first, after in self.lacking if first <= parts < after), None)


class Client(NamedTuple):
    """One client.

    Args:
        name: as ``env --client`` takes it.
        title: as its users call it.
        roots: the variables that name its trust anchors, the one that the env files write first; empty when
            none does.
        proxy: how it takes its proxy from the environment, or ``None`` when it does not.
        dialect: the column of ``routes`` that reads NO_PROXY as it does, or ``None`` where that is not known.
        since: the first version of which all this is true, or nothing where no other was seen.
        config: where its settings are, when no variable reaches.
        opt_in: variables that have all of it but credentials, and that the env files set only where
            ``--configure`` was given.
        switches: variables that must have a fixed value for the client to look at the others.
        store: whether the operating system's store is enough for it: by itself, or with truststore.
        patched: whether only truststore makes it so, in the Python that it runs in.
        plugin: whether Prefect's plugin gives it the environment.
        store_switches: variables that must have a fixed value for that.
        reads: whose settings it reads besides its own tool's: names of tools, or of
            ``catalog.clients.table.VARIABLES``.
        probe: how to find it on a machine.
        lacking_before: whether versions before those of the probe are known to lack this; else they were not
            measured.
        verified: the versions that were driven against real servers, numbers with dots between them.
        source: where the row is from, when none was.
        note: what else a user has to know.
    """

    name: str
    title: str
    roots: tuple[Roots, ...] = ()
    proxy: Proxy | None = Proxy()
    dialect: str | None = None
    since: str = ""
    config: str = ""
    opt_in: tuple[str, ...] = ()
    switches: tuple[tuple[str, str], ...] = ()
    store: bool = False
    patched: bool = False
    plugin: bool = False
    store_switches: tuple[tuple[str, str], ...] = ()
    reads: tuple[str, ...] = ()
    probe: Probe = Probe()
    lacking_before: bool = False
    verified: tuple[str, ...] = ()
    source: str = ""
    note: str = ""

    @property
    def written(self) -> Roots | None:
        """The roots variable that the env files set for it."""
        return self.roots[0] if self.roots else None
