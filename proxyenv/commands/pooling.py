"""Work pools, asked of the user's own Prefect, for the verbs of the group ``pool``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.errors import UsageError, pool_unknown
from proxyenv.machine.installation import read_installation
from proxyenv.model.option import Option
from proxyenv.model.url import parse_url, show_location

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.checks.pools import PoolsRead
    from proxyenv.commands.command import Session
    from proxyenv.model.installation import Installation
    from proxyenv.model.pool import PoolEntry
    from proxyenv.model.subject import Subject

POOL_OPTIONS: Final = {
    "pools": Option(("NAME",), "a work pool", takes="values"),
    "python": Option(
        ("--python",),
        "ask with the Prefect of this Python (default: the one that runs your flows)",
        metavar="PATH",
    ),
}
"""The options of every verb of the group."""


class AskedPools(NamedTuple):
    """What the API said, and who asked.

    Args:
        subject: the process that asked.
        installation: what is set up here.
        read: the answer.
    """

    subject: Subject
    installation: Installation
    read: PoolsRead

    @property
    def anchors(self) -> Mapping[str, str]:
        """SHA-256 of each corporate CA that is set up here → its subject."""
        receipt = self.installation.receipt
        return {each.fingerprint: each.subject for each in receipt.anchors} if receipt else {}

    def find_entry(self, pool: str) -> PoolEntry | None:
        """What the receipt says of a pool of this API."""
        receipt = self.installation.receipt
        entries = receipt.pools if receipt else ()
        return next((each for each in entries if (each.api, each.pool) == (self.read.api, pool)), None)


def ask_pools(session: Session, *, may_lack: bool = False) -> AskedPools:
    """Ask the API for the pools that were named.

    Args:
        session: its options are among :data:`POOL_OPTIONS`.
        may_lack: whether a pool may be one that the API does not know.

    Raises:
        DiscoveryError: ``pool-unknown``, ``no-prefect-api``, or a file of an earlier run cannot be used.
        UsageError: ``python-not-found``.
        VerifyError: ``prefect-unusable``.
    """
    from proxyenv.checks.pools import read_pools
    from proxyenv.machine.authority import require_authority

    subject, installation = find_pool_caller(session, tuple(filter(None, (session.options.python,))))
    require_authority(session.host, installation.receipt)
    names = tuple(dict.fromkeys(session.options.pools))
    session.terminal.progress(f"asking Prefect for {', '.join(names)}")
    read = read_pools(subject, names)
    if read.missing and not may_lack:
        raise pool_unknown(read.api, read.missing[0])
    return AskedPools(subject, installation, read)


def require_storable_urls(session: Session) -> None:
    """Refuse a URL for jobs that holds a secret: Prefect's server keeps it, at least in its events.

    Args:
        session: its ``--url`` name what jobs fetch.

    Raises:
        UsageError: ``url-invalid``: one is no URL, or has credentials or a query.
    """
    hint = "name a document without a query, such as `https://host.example/uuid`"
    for url in session.options.urls:
        if parse_url(url, code="url-invalid", source="`--url`", hint=hint).query:
            shown = show_location(url)
            message = f"`--url {shown}` has a query, where tokens stand: Prefect's server would keep it"
            raise UsageError("url-invalid", message, hint=hint)


def find_pool_caller(session: Session, named: tuple[str, ...]) -> tuple[Subject, Installation]:
    """The process that asks the API, and what is set up here.

    Args:
        session: with the machine.
        named: an interpreter, or none.

    Raises:
        DiscoveryError: a file of an earlier run cannot be used.
        UsageError: ``python-not-found``.
    """
    from proxyenv.machine.pools import find_caller
    from proxyenv.machine.pythons import find_pythons

    installation = read_installation(session.host)
    venvs = installation.configuration.venvs if installation.configuration else ()
    python = find_pythons(session.host, named, venvs).chosen[0].path
    return find_caller(session.host, installation, python), installation
