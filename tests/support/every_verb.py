"""A command line of every verb, one after the other in one home: for what has to hold of all of them."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import COMMON, find_verb
from support.certificates import make_ca
from support.machine import require_client

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

APART: Final = {
    "run": "what it prints and what it needs is of the command that it runs",
    "demo": "takes minutes in a home of its own; it prints as every verb does",
}
"""Verbs that have no row, and why."""

POOL: Final = "process"


def _do_nothing(_: Path) -> None:
    """Most rows need nothing but what the one before has left."""


class Row(NamedTuple):
    """One command line.

    Args:
        words: as typed.
        writes: whether something is changed, in the home or on a server.
        prepare: what somebody does before.
    """

    words: tuple[str, ...]
    writes: bool = False
    prepare: Callable[[Path], None] = _do_nothing

    @property
    def verb(self) -> str:
        """The verb; empty for the program alone."""
        return find_verb(self.words)[0]

    def list_outputs(self) -> tuple[str, ...]:
        """The values of ``--output`` that the verb has."""
        if not self.verb or "--help" in self.words:
            return ("text",)
        return tuple({**COMMON, **load_command(self.verb).options}["output"].choices)


def find_missing(rows: tuple[Row, ...]) -> set[str]:
    """The verbs that have neither a row nor a reason."""
    return {verb for verb, (module, _) in VERBS.items() if module} - {row.verb for row in rows} - {*APART}


def make_inputs(home: Path) -> None:
    """What the rows read."""
    for name in ("one", "two"):
        (home / f"{name}.pem").write_bytes(make_ca(name).pem)
    (home / ".bashrc").write_text("alias ll='ls -l'\n")
    (home / "proxy.pac").write_text('function FindProxyForURL(url, host) { return "PROXY p.test:1"; }\n')
    store = home / ".pki" / "nssdb"
    store.mkdir(parents=True)
    command = (require_client("certutil"), "-N", "-d", f"sql:{store}", "--empty-password")
    subprocess.run(command, check=True, capture_output=True)


def _change_proxy(home: Path) -> None:
    saved = home / ".config/proxyenv/proxyenv.toml"
    saved.write_text(saved.read_text().replace("localhost:9", "localhost:10"))


def list_rows(api: str, proxy: str) -> tuple[Row, ...]:
    """A life of an installation.

    Args:
        api: of a Prefect server with a work pool :data:`POOL` and a block ``custom-webhook/alerts``.
        proxy: the URL of one that reaches ``https://origin.corp.test``.
    """
    given = ("--proxy", "localhost:9", "--no-check", "--no-derive", "--no-proxy", "127.0.0.1", "--yes")
    first = ("setup", *given, "--ca", "one.pem", "--api-url", api)
    there = ("--proxy-there", "http://a.test:1")
    nss = ("--store", "nss", "--yes")
    every = ("--every", "6h", "--notify", "custom-webhook/alerts")
    return (
        Row(("--help",)),
        Row(("setup", "--help")),
        Row(("help", "setup")),
        Row(("version",)),
        Row(("explain", "no-space")),
        Row(("completion", "bash")),
        Row(("discover",)),
        Row(("pac", "proxy.pac", "a.test")),
        Row(("trust", "inspect", "one.pem")),
        Row(("trust", "fetch", "origin.corp.test", "--proxy", proxy)),
        Row(("diff", "--proxy", "localhost:9")),
        Row((*first, "--dry-run")),
        Row(first, writes=True),
        Row(("setup", "--replace-ca", *given, "--ca", "two.pem"), writes=True),
        Row(()),
        Row(("status",)),
        Row(("check",)),
        Row(("routes", "https://a.test/")),
        Row(("clients",)),
        Row(("env",)),
        Row(("kubernetes", *there)),
        Row(("refresh", "--no-check", "--yes"), writes=True, prepare=_change_proxy),
        Row(("off", "--yes"), writes=True),
        Row(("on", "--yes"), writes=True),
        Row(("rollback", "--yes"), writes=True),
        Row(("trust", "install", *nss), writes=True),
        Row(("trust", "status", "--store", "nss")),
        Row(("trust", "remove", *nss), writes=True),
        Row(("image", "write", "out", *there), writes=True),
        Row(("image", "scan", "out")),
        Row(("pool", "patch", POOL, "--yes"), writes=True),
        Row(("pool", "show", POOL)),
        Row(("pool", "restore", POOL, "--yes"), writes=True),
        Row(("pool", "watch", POOL, *every), writes=True),
        Row(("pool", "watch", POOL, "--remove"), writes=True),
        Row(("uninstall", "--yes"), writes=True),
    )
