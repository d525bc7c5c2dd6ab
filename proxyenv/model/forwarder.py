"""A program on this machine that passes requests on to the corporate proxy, and adds the credentials."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.model.url import show_source
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


class Listener(NamedTuple):
    """The process that listens at a port of this machine.

    Args:
        pid: its number.
        arguments: what it was started with.
        environment: the variables that it was started with.
        directory: its working directory.
    """

    pid: int
    arguments: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path

    def __repr__(self) -> str:
        return f"Listener({self.pid})"  # its variables and arguments may hold a password


class Upstream(NamedTuple):
    """What stands behind a forwarder.

    Args:
        proxies: as `HOST:PORT`, the first that is asked first; empty where it goes direct.
        source: where that stands, in words.
        pac: the URL or path of the PAC file that decides; no proxy is named then.
        script: the text of that file, where it is one of this machine that can be read.
        past: the hosts that it reaches without a proxy, as they are written.
        past_source: where those stand, in words.
    """

    proxies: tuple[str, ...]
    source: str
    pac: str = ""
    script: str | None = None
    past: tuple[str, ...] = ()
    past_source: str = ""

    def __repr__(self) -> str:
        return f"Upstream({self.proxies}, {self.source!r})"  # the URL of a PAC file may hold a token


class Forwarder(NamedTuple):
    """A program that listens where a proxy on this machine is expected.

    Args:
        name: such as ``px``; empty where it cannot be read which program listens there.
        pid: its number; 0 where it cannot be read.
        upstream: what stands behind it; ``None`` where its settings cannot be read.
        password: how it gets another password, as a hint.
        remedy: how it gets a proxy behind it, as a hint.
    """

    name: str
    pid: int = 0
    upstream: Upstream | None = None
    password: str = ""
    remedy: str = ""

    @property
    def goes_direct(self) -> bool:
        """Whether no proxy stands behind it."""
        return self.upstream is not None and not (self.upstream.proxies or self.upstream.pac)

    def __str__(self) -> str:
        if not self.name:
            return "which program listens there cannot be read here"
        shown = f"{self.name} (process {self.pid}) listens there"
        if self.upstream is None:
            return f"{shown}; what stands behind it cannot be read"
        if self.upstream.pac:
            pac = show_source(self.upstream.pac)
            return f"{shown} and asks the PAC file `{pac}` ({self.upstream.source})"
        if not self.upstream.proxies:
            return f"{shown}, and no proxy stands behind it: {self.upstream.source}"
        named = ", ".join(f"`{each}`" for each in self.upstream.proxies)
        return f"{shown} and passes requests on to {named} ({self.upstream.source})"
