"""Python clients that fetch one URL each time they are asked; see :mod:`support.route_lab`.

A program: one line of JSON on standard output for each on standard input. Each time the environment
is replaced and a fresh client is made by its public interface, so that nothing is kept. TLS contexts
are made once: the lab ends every handshake, so they verify nothing that arrives.
"""

from __future__ import annotations

import asyncio
import functools
import importlib
import json
import logging
import os
import ssl
import sys
import urllib.request
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

if sys.path and Path(sys.path[0]).resolve() == Path(__file__).resolve().parent:
    del sys.path[0]  # the directory of the program

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

_SECONDS: Final = 5.0


@functools.cache
def tls() -> ssl.SSLContext:
    """One context for every client that takes one."""
    return ssl.create_default_context()


@functools.cache
def loop() -> asyncio.AbstractEventLoop:
    """The loop of the asynchronous clients."""
    return asyncio.new_event_loop()


def run(work: Coroutine[Any, Any, None]) -> None:
    """Run an asynchronous client to its end."""
    loop().run_until_complete(asyncio.wait_for(work, _SECONDS))


def ask_httpx(url: str) -> None:
    import httpx

    with httpx.Client(verify=tls(), timeout=_SECONDS) as client:
        client.get(url)


def ask_httpx2(url: str) -> None:
    import httpx2

    with httpx2.Client(verify=tls(), timeout=_SECONDS) as client:
        client.get(url)


def ask_requests(url: str) -> None:
    import requests

    with requests.Session() as session:
        session.get(url, timeout=_SECONDS, allow_redirects=False)


def ask_pip(url: str) -> None:
    from pip._internal.commands import create_command

    command: Any = create_command("download")
    options, _ = command.parse_args([])
    with command.main_context(), command._build_session(options, retries=0, timeout=_SECONDS) as session:
        session.get(url, allow_redirects=False)


def ask_urllib(url: str) -> None:
    context = urllib.request.HTTPSHandler(context=tls())
    with urllib.request.build_opener(context).open(url, timeout=_SECONDS):
        pass


def ask_urllib3(url: str) -> None:
    import urllib3

    with urllib3.PoolManager(ssl_context=tls()) as manager:
        manager.request("GET", url, retries=False, timeout=_SECONDS, redirect=False)


def ask_aiohttp(url: str) -> None:
    import aiohttp

    async def fetch() -> None:
        connector = aiohttp.TCPConnector(ssl=tls(), resolver=aiohttp.ThreadedResolver())
        async with (
            aiohttp.ClientSession(trust_env=True, connector=connector) as session,
            session.get(url, allow_redirects=False),
        ):
            pass

    run(fetch())


def ask_botocore(url: str) -> None:
    awsrequest: Any = importlib.import_module("botocore.awsrequest")
    httpsession: Any = importlib.import_module("botocore.httpsession")
    utils: Any = importlib.import_module("botocore.utils")

    # As `botocore.endpoint.EndpointCreator` makes it for an endpoint URL.
    session = httpsession.URLLib3Session(proxies=utils.get_environ_proxies(url), timeout=_SECONDS)
    session.send(awsrequest.AWSRequest("GET", url).prepare())


def ask_websockets(url: str) -> None:
    from websockets.asyncio.client import connect

    async def meet() -> None:
        keywords: dict[str, Any] = {"ssl": tls()} if url.lower().startswith("wss:") else {}
        async with connect(url, open_timeout=_SECONDS, **keywords):
            pass

    # A server's failure is retried, without end; the lab answers 502 where a proxy would connect.
    run(meet())


def ask_grpc(url: str) -> None:
    grpc: Any = importlib.import_module("grpc")

    parts = urlsplit(url)
    host = parts.netloc if parts.port else f"{parts.netloc}:{443 if parts.scheme == 'https' else 80}"
    options = [("grpc.enable_http_proxy", 1), ("grpc.use_local_subchannel_pool", 1)]
    secure = parts.scheme == "https"
    credentials = grpc.ssl_channel_credentials()
    channel = (
        grpc.secure_channel(host, credentials, options) if secure else grpc.insecure_channel(host, options)
    )
    with channel:
        channel.unary_unary("/lab.Lab/Ask")(b"", timeout=1)


DRIVERS: Final[Mapping[str, Callable[[str], None]]] = {
    name.removeprefix("ask_"): driver for name, driver in list(globals().items()) if name.startswith("ask_")
}


def answer(request: Mapping[str, Any]) -> dict[str, Any]:
    """Let a client fetch; the exception is the answer."""
    os.environ.clear()
    os.environ.update(request["environment"])
    try:
        DRIVERS[request["client"]](request["url"])
    except Exception as error:  # noqa: BLE001 - whatever the client raises is what is wanted
        return {"status": 1, "output": f"{type(error).__module__}.{type(error).__qualname__}: {error}"}
    return {"status": 0, "output": ""}


def main() -> None:
    """Serve until standard input ends."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    tls()
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)


if __name__ == "__main__":
    main()
