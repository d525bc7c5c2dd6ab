"""A TCP connection in so much time and no more, however many addresses a name has.

The network chooses how many those are, and whether the resolver answers at all. As browsers do, the next
address is tried while an earlier one is still silent ("happy eyeballs", RFC 8305).
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import time
from collections import deque
from contextlib import ExitStack
from functools import partial
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final, TypeAlias, cast

from proxyenv.checks.lane import Running

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Address: TypeAlias = tuple[socket.AddressFamily, socket.SocketKind, int, str, Any]
"""As :func:`socket.getaddrinfo` says it: the last part is what a socket of that family connects to."""

_MOST: Final = 8
"""Addresses that are tried: nobody who means to be reached has more of them that are dead."""

_HEAD_START: Final = 0.25
"""Seconds that an address has before the next one is tried too (RFC 8305, section 5)."""

_BEGUN: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK})


def connect(host: str, port: int, *, seconds: float) -> socket.socket:
    """A connection to the first address that accepts one.

    Args:
        host: a name or an address.
        port: 1 to 65535.
        seconds: for the resolver and all addresses together.

    Raises:
        OSError: the name does not resolve, or none of its addresses accepts, or not in that time.
    """
    until = time.monotonic() + seconds
    addresses = resolve(host, port, seconds=seconds)
    return connect_to_any(addresses, seconds=until - time.monotonic())


def resolve(
    host: str, port: int, *, seconds: float, ask: Callable[..., Sequence[Address]] = socket.getaddrinfo
) -> tuple[Address, ...]:
    """The addresses of a name, the preferred one first.

    Args:
        host: a name or an address.
        port: 1 to 65535.
        seconds: how long the resolver may take, which nothing can interrupt.
        ask: the resolver.

    Raises:
        OSError: it does not resolve, or not in time.
    """
    asking = Running(partial(ask, host, port, type=socket.SOCK_STREAM))
    if not asking.has_ended(within=seconds):
        raise TimeoutError(f"`{host}` does not resolve in {seconds:g} s")
    return tuple(dict.fromkeys(asking.wait()))


def connect_to_any(addresses: Sequence[Address], *, seconds: float) -> socket.socket:
    """A connection to the first of some addresses that accepts one; of many the last are not tried.

    Args:
        addresses: the preferred one first.
        seconds: for all of them together.

    Raises:
        OSError: none accepts, or not in that time.
    """
    until, waiting = time.monotonic() + seconds, deque(_take_turns(addresses)[:_MOST])
    refusal = OSError("it has no address")
    with selectors.DefaultSelector() as trying, ExitStack() as opened:
        while waiting or trying.get_map():
            if waiting:
                try:
                    trying.register(opened.enter_context(_begin(waiting.popleft())), selectors.EVENT_WRITE)
                except OSError as error:
                    refusal = error
                    continue
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError("timed out")
            for key, _ in trying.select(min(left, _HEAD_START) if waiting else left):
                tried = cast("socket.socket", key.fileobj)
                trying.unregister(tried)
                try:
                    _require_success(tried.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))
                except OSError as error:
                    refusal = error
                else:
                    return socket.socket(fileno=tried.detach())
    raise refusal


def _take_turns(addresses: Sequence[Address]) -> tuple[Address, ...]:
    """One of each family after the other, since a machine may have one of the two alone (section 4)."""
    families = dict.fromkeys(address[0] for address in addresses)
    rows = zip_longest(*([each for each in addresses if each[0] == family] for family in families))
    return tuple(filter(None, chain.from_iterable(rows)))


def _begin(address: Address) -> socket.socket:
    """A socket that is being connected.

    Raises:
        OSError: it cannot be, as this machine knows at once.
    """
    family, kind, protocol, _, place = address
    trying = socket.socket(family, kind, protocol)
    try:
        trying.setblocking(False)  # noqa: FBT003 - its only parameter
        _require_success(trying.connect_ex(place))
    except BaseException:
        trying.close()
        raise
    return trying


def _require_success(status: int) -> None:
    """Raise what the number of an error says."""
    if status not in _BEGUN:
        raise OSError(status, os.strerror(status))
