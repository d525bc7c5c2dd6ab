"""Nothing of it is in Prefect's database: flows ran, runs and artifacts were read, pools were looked at."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import trustme

import proxyenv
from support.hiding import Find, search, search_database, search_files
from support.origins import OriginServer, server_context
from support.proxies import ProxyServer
from support.secret_world import World
from support.servers import start_server

if TYPE_CHECKING:
    from collections.abc import Iterator

POOL = "images"
URL = "https://origin.corp.test/uuid"


def find_stored(root: Path, password: str) -> Iterator[Find]:
    """Check with a real server behind a proxy that wants the password, and look at what is stored."""
    world = World(root, password)
    server_home = root / "server"
    server_home.mkdir()
    with ExitStack() as stack:
        public, corporate = trustme.CA(), trustme.CA(organization_name="Corp Root")
        origin = stack.enter_context(OriginServer(server_context(public, "origin.corp.test")))
        names = {"origin.corp.test:443": origin.address}
        proxy = stack.enter_context(
            ProxyServer(ca=corporate, origin_ca=public, names=names, credentials=("ada", password))
        )
        server = stack.enter_context(
            start_server(server_home, environment={"PATH": "/usr/bin:/bin", "HOME": str(server_home)})
        )
        (world.home / "corp.pem").write_bytes(corporate.cert_pem.bytes())
        server.wait()
        api = f"http://127.0.0.1:{server.port}/api"
        _make_pool(api)
        given = ("--proxy", f"ada@{proxy.authority}", "--proxy-password-file", "password")
        runs = (
            (
                "setup",
                *given,
                "--ca",
                "corp.pem",
                "--api-url",
                api,
                "--url",
                "https://origin.corp.test/uuid",
                "--yes",
            ),
            ("check",),
            ("pool", "show", POOL),
            ("pool", "patch", POOL, "--yes"),
            (
                "pool",
                "patch",
                POOL,
                "--yes",
                "--proxy-there",
                f"http://ada:{world.encoded}@proxy.corp.test:1",
            ),
            ("pool", "watch", POOL, "--every", "6h", "--yes"),
            ("pool", "show", POOL),
            ("pool", "restore", POOL, "--yes"),
        )
        for arguments in runs:
            done = _run(world, api, arguments)
            shown = f"`{' '.join(arguments[:2])}`"
            yield from search(f"stdout of {shown} with a server", done.stdout)
            yield from search(f"stderr of {shown} with a server", done.stderr)
            if arguments[0] in {"setup", "check"} and done.returncode:
                yield Find(
                    f"{shown} failed, so that nothing is proven", done.stdout[-600:] + done.stderr[-300:]
                )
            yield from search_database(server_home / "prefect/prefect.db")
        if ("CONNECT", "origin.corp.test:443") not in proxy.requests:
            yield Find("the proxy", "nothing went through it, so that nothing is proven")
    yield from search_files(server_home)
    yield from search_files(world.temporary)


def _run(world: World, api: str, arguments: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    path = str(Path(proxyenv.__file__).parents[1])
    kept = {name: world.environment[name] for name in ("HOME", "SHELL", "LANG", "TMPDIR", "PASSWORD")}
    keys = {"PREFECT_API_KEY": world.password, "PREFECT_API_URL": api}
    sourced = '[ "$2" != check ] || . "$HOME/.config/proxyenv/env.sh"; python=$0; exec "$python" -m "$@"'
    return subprocess.run(
        ["/bin/sh", "-c", sourced, sys.executable, "proxyenv", *arguments],
        cwd=world.home,
        env={**kept, **keys, "PATH": "/usr/bin:/bin", "PYTHONPATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def _make_pool(api: str) -> None:
    body = json.dumps({"name": POOL, "type": "process"}).encode()
    kind = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{api}/work_pools/", body, kind)  # noqa: S310 - on loopback
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30):
        pass
