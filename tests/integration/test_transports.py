"""A proxy declared in code, through an intercepting proxy, with no variable set in this process."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, NamedTuple

import httpx
import pytest
import trustme

import proxyenv
from support.command import proxyenv as run
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class World(NamedTuple):
    """An installation, the proxy that it names, and two origins behind that proxy."""

    prefix: Path
    proxy: ProxyServer
    secure: str
    plain: str
    direct: str


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    corporate, public = trustme.CA(), trustme.CA()
    (tmp_path / "ca.pem").write_bytes(corporate.cert_pem.bytes())
    prefix = tmp_path / "prefix"
    with (
        OriginServer(server_context(public, "origin.corp.test")) as secure,
        OriginServer() as plain,
        ProxyServer(
            ca=corporate,
            origin_ca=public,
            names={"origin.corp.test": secure.address, "plain.corp.test": plain.address},
            credentials=("user", "p@ss/word"),
        ) as proxy,
    ):
        done = run(
            "setup", "--proxy", f"http://user:p@ss/word@localhost:{proxy.port}", "--ca", tmp_path / "ca.pem",
            "--no-proxy", ".direct.test", "--prefix", prefix, "--no-rc", "--no-check", "--yes", home=tmp_path,
        )  # fmt: skip
        assert done.status == 0, done.err
        yield World(
            prefix,
            proxy,
            f"https://origin.corp.test:{secure.port}/uuid",
            f"http://plain.corp.test:{plain.port}/uuid",
            f"http://127.0.0.1:{plain.port}/uuid",
        )


def test_a_client_goes_through_the_proxy_and_trusts_the_corporate_ca(world: World) -> None:
    with proxyenv.client(prefix=world.prefix) as client:
        assert "uuid" in client.get(world.secure).json()
        assert "uuid" in client.get(world.plain).json()
    assert world.proxy.connects() == [world.secure.split("/")[2]]
    assert ("GET", world.plain) in world.proxy.requests


def test_what_no_proxy_names_goes_direct(world: World) -> None:
    with proxyenv.client(prefix=world.prefix) as client:
        assert "uuid" in client.get(world.direct).json()
    assert world.proxy.requests == []


def test_a_network_is_carried_which_httpx_cannot_read_from_the_variable(world: World, tmp_path: Path) -> None:
    done = run(
        "setup", "--no-proxy", "127.8.0.0/16,<local>", "--prefix", world.prefix, "--no-rc",
        "--no-check", "--yes", home=tmp_path,
    )  # fmt: skip
    assert done.status == 0, done.err
    inside = world.direct.replace("127.0.0.1", "127.8.8.8")
    with proxyenv.client(prefix=world.prefix) as client:
        with pytest.raises(httpx.ConnectError):
            client.get("http://no-such-plain-name/")
        assert world.proxy.requests == []
        with pytest.raises(httpx.ConnectError):  # the origin listens on another address
            client.get(inside)
        assert world.proxy.requests == []
        client.get(world.direct.replace("127.0.0.1", "127.9.9.9"))
    assert len(world.proxy.requests) == 1


def test_an_async_client_does_the_same(world: World) -> None:
    async def fetch() -> None:
        async with proxyenv.async_client(prefix=world.prefix) as client:
            assert "uuid" in (await client.get(world.secure)).json()
            assert "uuid" in (await client.get(world.direct)).json()

    asyncio.run(fetch())
    assert len(world.proxy.connects()) == 1


def test_mounts_and_context_serve_a_client_of_one_s_own(world: World) -> None:
    routes = proxyenv.mounts(prefix=world.prefix)
    assert list(routes) == ["http://", "https://"]
    with httpx.Client(mounts=routes, verify=proxyenv.ssl_context(prefix=world.prefix)) as client:
        assert "uuid" in client.get(world.secure).json()
    assert world.proxy.connects()


def test_the_variables_of_the_process_do_not_matter(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://elsewhere.invalid:1")
    monkeypatch.setenv("NO_PROXY", "*")
    with proxyenv.client(prefix=world.prefix) as client:
        assert "uuid" in client.get(world.secure).json()
    assert world.proxy.connects()


def test_the_variable_names_the_installation(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROXYENV_HOME", str(world.prefix))
    with proxyenv.client() as client:
        assert "uuid" in client.get(world.secure).json()


def test_without_the_corporate_ca_the_fetch_fails(world: World) -> None:
    (world.prefix / "ca-bundle.pem").unlink()
    with (
        proxyenv.client(prefix=world.prefix) as client,
        pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"),
    ):
        client.get(world.secure)


def test_options_are_passed_on(world: World) -> None:
    with proxyenv.client(
        prefix=world.prefix, base_url=world.plain.removesuffix("/uuid"), headers={"x-a": "b"}
    ) as client:
        assert client.headers["x-a"] == "b"
        assert client.get("/uuid").status_code == 200


def test_options_of_connections_reach_both_ways(world: World) -> None:
    limits = httpx.Limits(max_connections=3)
    with proxyenv.client(prefix=world.prefix, http2=True, limits=limits, mounts=None) as client:
        assert client.get(world.plain).status_code == 200
        routed = client._transport_for_url(httpx.URL(world.plain))
        ways = [getattr(routed, name)._pool._max_connections for name in ("_without", "_through")]
    assert ways == [3, 3]


@pytest.mark.parametrize("option", ["transport", "proxy", "verify"])
def test_what_would_go_past_the_routes_is_refused(world: World, option: str) -> None:
    options: dict[str, object] = {option: False}
    with pytest.raises(proxyenv.ProxyenvError) as caught:
        proxyenv.client(prefix=world.prefix, **options)
    assert caught.value.code == "usage"


def test_where_nothing_is_set_up_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(proxyenv.ProxyenvError) as caught:
        proxyenv.client(prefix=tmp_path)
    assert caught.value.code == "not-installed"
