"""What one client needs of the environment that was written for all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import (
    CLIENTS,
    PROXY_VARIABLES,
    UNSET_WITH_PROXY,
    UNSET_WITH_ROOTS,
    UNSET_WITH_STORE,
    find_client,
)
from proxyenv.errors import UsageError
from proxyenv.model.target import Variable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.catalog.clients.client import Client


def choose_client(name: str) -> Client:
    """The row of that name.

    Raises:
        UsageError: ``usage``: there is none; the hint has what is near.
    """
    client = find_client(name.lower())
    if client is None:
        import difflib

        from proxyenv.model.suggestion import ask_for

        names = [client.name for client in CLIENTS]
        near = difflib.get_close_matches(name.lower(), names) or [
            other for other in names if name.lower() in other
        ]
        hint = ask_for(near) or "`proxyenv clients` lists them"
        raise UsageError("usage", f"`--client {name}` is not known", hint=hint)
    return client


def select_variables(
    client: Client, written: Mapping[str, str], *, truststore: bool = False
) -> tuple[Variable, ...]:
    """Those of the written variables that one client reads, and what has to be unset for it.

    Args:
        client: its row.
        written: what ``env.sh`` sets: name to value.
        truststore: whether the operating system's store is to count where it can.
    """
    return (
        *_proxy_variables(client, written),
        *_roots_variables(client, written, truststore=truststore),
        *(
            Variable(name, written[name], sensitive="@" in written[name])
            for name in client.opt_in
            if name in written
        ),
        *(
            Variable(name, written[name])
            for name, _ in (*client.switches, *client.store_switches)
            if name in written
        ),
    )


def _proxy_variables(client: Client, written: Mapping[str, str]) -> Iterator[Variable]:
    proxy = client.proxy
    if proxy is None:
        return
    names = (*proxy.http, *proxy.https)
    taken = [(name, written[name]) for name in dict.fromkeys(names) if name in written]
    taken += [(name, written[source]) for name, source in proxy.own if source in written]
    yield from (Variable(name, value, sensitive="@" in value) for name, value in taken)
    if taken and names:
        exceptions = (*PROXY_VARIABLES["no"], *proxy.exceptions)
        yield from (Variable(name, written[name]) for name in exceptions if name in written)
        yield from (Variable(name, None) for name in UNSET_WITH_PROXY if name in names)


def _roots_variables(client: Client, written: Mapping[str, str], *, truststore: bool) -> Iterator[Variable]:
    """The one that counts, guarded by its file; what would hide it is unset."""
    names = [roots.variable for roots in client.roots]
    tls = client.proxy.tls_roots if client.proxy else ()
    for name in (*names[:1], *(name for name in tls if name not in names)):
        if name in written:
            yield Variable(name, written[name], file=written[name])
    if names and names[0] in written:
        hiding = [name for name in UNSET_WITH_ROOTS if name in names and name not in written]
        yield from (Variable(name, None, file=written[names[0]]) for name in hiding)
    elif truststore and client.store:
        yield from (Variable(name, None) for name in UNSET_WITH_STORE if name in names)
