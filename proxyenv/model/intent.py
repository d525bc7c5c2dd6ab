"""What is wanted: the command line, a fleet's policy and the saved configuration, merged once.

Nothing of the machine has been read when an intent is made. What it leaves open, ``decide`` looks for in the
findings.
"""

from __future__ import annotations

import enum
from types import MappingProxyType
from typing import TYPE_CHECKING

from proxyenv.model.configuration import SETUP_OPTIONS, SetupOptions

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.policy import Policy


class Request(SetupOptions):
    """The command line of ``setup``, ``diff``, ``discover`` or ``refresh``, as typed.

    Args:
        ca_password: of a PKCS#12 file among the CAs, as typed at a prompt.
        proxy_password: of the user whom the proxy's URL names, as typed at a prompt.
        confirmed: CAs (DER) that were seen on the wire, and whose fingerprint the user confirmed; or that the
            store of Windows holds around WSL.
        confirmed_from: that store; empty for the wire.
        refresh: start from ``proxyenv.toml`` and adopt nothing that is merely found.
        declined_pac: PAC files that this machine names, and that are not to be followed.
    """

    ca_password: str | None = None
    proxy_password: str | None = None
    confirmed: tuple[bytes, ...] = ()
    confirmed_from: str = ""
    refresh: bool = False
    declined_pac: tuple[str, ...] = ()


class Rank(enum.Enum):
    """Who decided an option, strongest first."""

    GIVEN = "given"
    """The command line."""

    POLICY = "policy"
    """The policy of a fleet."""

    SAVED = "saved"
    """``proxyenv.toml``."""

    OPEN = "open"
    """Nobody: the value is the default, and what is found on the machine may take its place."""


_PLACES = {Rank.POLICY: "the fleet's policy", Rank.SAVED: "`proxyenv.toml`"}


class Intent(SetupOptions):
    """The options of ``setup``, merged.

    ``proxy`` is merged into ``http_proxy`` and ``https_proxy``; ``no_proxy`` is split into its entries.

    Args:
        ranks: who decided each option, by its name. A value of ``None`` or ``()`` whose rank is not ``OPEN``
            is a decision too: there is none.
        ca_password: see :class:`Request`.
        proxy_password: see :class:`Request`.
        password_note: why the password that was written before is kept; empty where it was read.
        confirmed: see :class:`Request`.
        confirmed_from: see :class:`Request`.
        refresh: see :class:`Request`.
        declined_pac: see :class:`Request`.
        pac_direct: the hosts that the PAC file sends direct.
        pac_notes: what the user should know of its answers, a sentence each.
        fleet: the policy that was merged, as it was read; ``None`` where there is none.
    """

    ranks: Mapping[str, Rank] = MappingProxyType({})
    ca_password: str | None = None
    proxy_password: str | None = None
    password_note: str = ""
    confirmed: tuple[bytes, ...] = ()
    confirmed_from: str = ""
    refresh: bool = False
    declined_pac: tuple[str, ...] = ()
    pac_direct: tuple[str, ...] = ()
    pac_notes: tuple[str, ...] = ()
    fleet: Policy | None = None

    def rank(self, name: str) -> Rank:
        """Who decided an option."""
        return self.ranks.get(name, Rank.OPEN)

    def is_ordered(self, name: str) -> bool:
        """Whether it was decided for this run: whatever is wrong with it is an error, and nothing is kept."""
        return self.rank(name) in {Rank.GIVEN, Rank.POLICY}

    @property
    def gives_proxy(self) -> bool:
        """Whether the command line names a proxy, or that there is none."""
        return Rank.GIVEN in {self.rank("http_proxy"), self.rank("https_proxy")}

    @property
    def leaves_proxy_open(self) -> bool:
        """Whether no option, no policy and nothing that is saved says which proxy there is."""
        return self.rank("http_proxy") is self.rank("https_proxy") is Rank.OPEN

    def where(self, name: str) -> str:
        """Where the value of an option comes from, for messages."""
        rank = self.rank(name)
        if rank is Rank.GIVEN:
            by_proxy = name in {"http_proxy", "https_proxy"} and getattr(self, name) == self.proxy
            return f"`{SETUP_OPTIONS['proxy' if by_proxy else name].flag}`"
        return f"`{SETUP_OPTIONS[name].key}` in {_PLACES[rank]}" if rank in _PLACES else "the default"
