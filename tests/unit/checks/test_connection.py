"""Connections to names that have many addresses, or whose resolver says nothing."""

from __future__ import annotations

import socket
import sys
import time
from contextlib import ExitStack, contextmanager
from threading import Event
from typing import TYPE_CHECKING, NoReturn

import pytest

from proxyenv.checks.channel import PlainChannel
from proxyenv.checks.connection import Address, connect, connect_to_any, resolve

if TYPE_CHECKING:
    from collections.abc import Iterator

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="all of 127.0.0.0/8 is loopback on Linux alone")


def address_of(place: tuple[str, int]) -> Address:
    return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place


@contextmanager
def dead_addresses(count: int) -> Iterator[list[Address]]:
    """Addresses that answer nothing: the one port that listens there accepts no more connections."""
    with ExitStack() as opened:
        full = opened.enter_context(socket.create_server(("0.0.0.0", 0), backlog=0))  # noqa: S104 - loopback is all of it
        port = full.getsockname()[1]
        for _ in range(4):
            client = opened.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(("127.0.0.1", port))
        yield [address_of((f"127.9.0.{number}", port)) for number in range(1, count + 1)]


@pytest.fixture
def live() -> Iterator[Address]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield address_of(server.getsockname())


@on_linux
def test_sixty_dead_addresses_take_the_time_of_one() -> None:
    begun = time.monotonic()
    with dead_addresses(60) as dead, pytest.raises(TimeoutError, match="timed out"):
        connect_to_any(dead, seconds=1.0)
    assert 0.9 < time.monotonic() - begun < 3


@on_linux
def test_a_dead_address_does_not_take_the_time_of_the_next(live: Address) -> None:
    with dead_addresses(3) as dead, connect_to_any([*dead, live], seconds=5.0) as found:
        assert found.getpeername() == live[4]
        found.settimeout(0.1)
        with pytest.raises(TimeoutError):
            found.recv(1)


@on_linux
def test_of_many_addresses_the_first_are_tried(live: Address) -> None:
    with dead_addresses(60) as dead, pytest.raises(TimeoutError):
        connect_to_any([*dead, live], seconds=2.5)


def test_each_family_has_its_turn(live: Address) -> None:
    dead = [
        (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (f"100::{number}", 9, 0, 0))
        for number in range(1, 20)
    ]
    with connect_to_any([*dead, live], seconds=5.0) as found:
        assert found.getpeername() == live[4]


def test_a_port_where_nothing_listens_refuses_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        closed = server.getsockname()
    begun = time.monotonic()
    with pytest.raises(ConnectionRefusedError):
        connect(*closed, seconds=10.0)
    assert time.monotonic() - begun < 5


def test_a_name_that_does_not_exist_has_no_address() -> None:
    with pytest.raises(socket.gaierror):
        connect("nobody.invalid", 443, seconds=10.0)


def test_a_resolver_that_says_nothing_is_given_up() -> None:
    silent = Event()

    def ask(*_: object, **__: object) -> NoReturn:
        silent.wait()
        raise OSError

    with pytest.raises(TimeoutError, match=r"`slow\.test` does not resolve in 0\.2 s"):
        resolve("slow.test", 443, seconds=0.2, ask=ask)
    silent.set()


def test_a_channel_knows_its_peer(live: Address) -> None:
    with PlainChannel("127.0.0.1", live[4][1], timeout=5.0) as channel:
        assert channel.peer == live[4]
