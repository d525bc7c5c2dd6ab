"""What a job of a work pool says of the place where it runs."""

from __future__ import annotations

import socket
from threading import Event
from typing import Any

import pytest


@pytest.fixture
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A resolver that knows one name and never answers about the others."""

    def resolve(host: str, port: int, **_: object) -> list[Any]:
        if host != "known.example":
            Event().wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.7", port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)


def test_a_resolver_that_never_answers_is_not_waited_for(
    silent: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    from proxyenv.checks.child.job import _find_addresses

    monkeypatch.setenv("http_proxy", "http://dead.example:3128")
    monkeypatch.setenv("https_proxy", "known.example:3128")
    assert _find_addresses(seconds=0.3) == {"https": ["192.0.2.7"]}


def test_a_proxy_that_is_no_url_has_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    from proxyenv.checks.child.job import _find_addresses

    monkeypatch.setenv("http_proxy", "http://[oops:3128")
    assert _find_addresses() == {}
