"""Whether a client gets the proxy and the corporate CA from what is set up, and what it needs if not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.clients.table import roots_variables
from proxyenv.model.client_status import Verdict
from proxyenv.model.tool_config import ALL_INSTALLED, TOOLS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.clients.client import Client


@dataclass(frozen=True, slots=True)
class SetUp:
    """What is set up here.

    Args:
        written: the variables of ``env.list``: name to value.
        configured: what ``--configure`` was given.
        store: whether the operating system's store has the corporate CA by our doing.
        truststore: whether the operating system's store is to count where it can.
    """

    written: Mapping[str, str]
    configured: tuple[str, ...] = ()
    store: bool = False
    truststore: bool = False

    @property
    def has_anchors(self) -> bool:
        """Whether there is a corporate CA to know of."""
        return self.truststore or any(name in self.written for name, _ in roots_variables())

    def is_told(self, client: Client) -> bool:
        """Whether the client has it in its own file."""
        return client.name in TOOLS and bool({client.name, ALL_INSTALLED} & set(self.configured))


def judge_coverage(client: Client, here: SetUp) -> Verdict:
    """One client's verdict: first the way it takes its proxy, then whom it trusts."""
    if here.is_told(client):
        return Verdict("covered", "it is told in its own file")
    return _judge_proxy(client, here) or _judge_roots(client, here)


def _judge_proxy(client: Client, here: SetUp) -> Verdict | None:
    """What is wrong with its proxy; ``None``: nothing, or there is no proxy to go through."""
    if not here.written.keys() & {"https_proxy", "http_proxy"}:
        return None
    if client.proxy and here.written.keys() & {*client.proxy.https, *client.proxy.http}:
        return None
    if client.proxy and client.proxy.own:
        return Verdict("not-covered", f"its proxy comes from `proxyenv env --client {client.name}`")
    return _need_configuration(client, f"no variable names its proxy; {client.config or client.note}")


def _judge_roots(client: Client, here: SetUp) -> Verdict:
    roots = client.written
    if roots and roots.variable in here.written:
        return Verdict("covered", f"`{roots.variable}`")
    if client.store and (here.store or (here.truststore and roots)):
        return Verdict("covered", "the operating system's store")
    if not here.has_anchors:
        return Verdict("covered", "no corporate CA is set up")
    if client.store:
        other = f" or `proxyenv setup --configure {client.name}`" if client.name in TOOLS else ""
        return Verdict("trust-install", f"no variable names its CA: `proxyenv trust install`{other}")
    return _need_configuration(client, client.config or "no variable names its CA")


def _need_configuration(client: Client, reason: str) -> Verdict:
    if client.name not in TOOLS:
        return Verdict("not-covered", reason)
    return Verdict("configure", f"`proxyenv setup --configure {client.name}`: {reason}")
