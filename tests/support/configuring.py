"""A machine whose tools are configured behind an intercepting proxy."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from support.command import Ran, environment_of, proxyenv

if TYPE_CHECKING:
    from support.proxies import ProxyServer

NAME: Final = "origin.corp.test"
HTTPS: Final = f"https://{NAME}/uuid"

THERE: Final = "http://proxy.corp.test:3128"
"""The proxy as containers reach it: it runs on this machine's loopback."""


@dataclass(frozen=True)
class Company:
    """An intercepting proxy in front of one name, and the CA that IT hands out."""

    proxy: ProxyServer
    ca: Path

    def reached(self, since: int) -> list[str]:
        return self.proxy.connects()[since:]


def setup(home: Path, company: Company, *tools: str, proxy: str = "", **variables: str) -> Ran:
    options = [word for tool in tools for word in ("--configure", tool)]
    options += () if proxy else ("--proxy-there", THERE)
    return proxyenv(
        "setup", "--proxy", proxy or company.proxy.url, "--ca", company.ca, "--yes", "--no-check", "--no-rc",
        "--output", "json", *options, home=home, **variables,
    )  # fmt: skip


def run(home: Path, *command: str | Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*map(str, command)],
        env=environment_of(home, **variables),
        cwd=home,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
