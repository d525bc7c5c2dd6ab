"""Installations in a home directory, as the tests of the writing room use them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from support.plans import Installation

if TYPE_CHECKING:
    from pathlib import Path


def spread(home: Path) -> Installation:
    """Four directories, three of them below ones that may be missing too, and two blocks."""
    config, data, state = (home / part / "proxyenv" for part in (".config", ".local/share", ".local/state"))
    return Installation(
        state / "receipt.json",
        owned={
            data / "ca-bundle.pem": (b"roots and corp\n" * 50, 0o644),
            config / "env.sh": (b"export HTTPS_PROXY=http://u:secret@proxy:3128\n", 0o600),
            config / "proxyenv.toml": (b"version = 1\n", 0o600),
            home / ".prefect/profiles.toml": (b'active = "work"\n', 0o600),
        },
        blocks={home / ".bashrc": b". env.sh\n", home / ".profile": b". env.sh\n"},
        trees={data / "certs": {"0a1b2c3d.0": b"corp\n", "11223344.0": b"root\n"}},
    )


def single(home: Path) -> Installation:
    """Everything below one directory, which is missing, and one block."""
    prefix = home / "opt/proxyenv"
    return Installation(
        prefix / "receipt.json",
        owned={
            prefix / "ca-bundle.pem": (b"roots and corp\n", 0o644),
            prefix / "env.sh": (b"export HTTPS_PROXY=http://proxy:3128\n", 0o644),
        },
        blocks={home / ".bashrc": b". env.sh\n"},
        trees={prefix / "certs": {"0a1b2c3d.0": b"corp\n"}},
    )


def many(home: Path) -> Installation:
    """Everything below one directory, with more files in one batch than one thread brings to the disk."""
    first = single(home)
    (path,) = first.trees
    return replace(first, trees={path: {f"{number:08x}.0": b"root\n" for number in range(24)}})


def updated(home: Path) -> Installation:
    """:func:`spread` after a change of proxy: new contents, a new file in a new directory, one dropped."""
    first = spread(home)
    config = home / ".config/proxyenv"
    return Installation(
        first.receipt_path,
        owned={
            home / ".local/share/proxyenv/ca-bundle.pem": (b"roots and two corps\n", 0o644),
            config / "env.list": (b"HTTPS_PROXY=http://new:3128\n", 0o644),
            config / "proxyenv.toml": (b"version = 1\n[proxy]\nderive = false\n", 0o600),
            config / "fish/env.fish": (b"set -gx HTTPS_PROXY http://new:3128\n", 0o644),
            home / ".prefect/profiles.toml": (b'active = "new"\n', 0o600),
        },
        blocks={home / ".bashrc": b". new.sh\n", home / ".profile": b". env.sh\n"},
        trees={home / ".local/share/proxyenv/certs": {"0a1b2c3d.0": b"corps\n", "55667788.0": b"new\n"}},
    )
