"""Bundler and RubyGems: settings in ``~/.bundle/config``, as ``BUNDLE_NAME``.

Source: ``bundle-config(1)``; RubyGems 3.3.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Credentials, Missing, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import OPENSSL
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, given
from proxyenv.formats.truth import falsy

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine


def _path(machine: Machine) -> tuple[Path]:
    directory = given(machine, "BUNDLE_USER_HOME") or machine.home / ".bundle"
    return (given(machine, "BUNDLE_USER_CONFIG") or directory / "config",)


def _spell(item: Item) -> str:
    return item.name.removeprefix("BUNDLE_").lower()


TOOL: Final = Tool(
    name="bundler",
    programs=("bundle", "gem"),
    files=(ConfigFile(_path, "yaml", "bundle config unset --global {name}"),),
    keys=Keys(roots=("ssl_ca_cert",), unverified=(("ssl_verify_mode", falsy("bundler")),)),
    variables=Keys(unverified=(("BUNDLE_SSL_VERIFY_MODE", falsy("bundler")),)),
    spell=_spell,
    family="System",
    clients=(
        Client(
            "bundler",
            "RubyGems, Bundler",
            (*OPENSSL, Roots("BUNDLE_SSL_CA_CERT", missing=Missing.UNKNOWN)),
            Proxy(
                schemeless=Answer.NO,
                socks5h=Answer.NO,
                tls=Answer.NO,
                credentials=Credentials.AS_WRITTEN,
            ),
            store=True,
            probe=Probe(program="gem"),
            verified=("3.3.15",),
        ),
    ),
)
