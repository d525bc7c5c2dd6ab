"""curl: its command line's options in ``.curlrc``. The file wins over the variables.

Source: ``curl(1)``, on ``--config``; curl 7.88.1.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Holds, Missing, Probe, Roots
from proxyenv.catalog.clients.libraries import LIBCURL
from proxyenv.catalog.tools.tool import BY_HAND, ConfigFile, Keys, Tool, config_home, given, is_empty
from proxyenv.formats.truth import truthy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine


def _paths(machine: Machine) -> Iterator[Path]:
    directories = (given(machine, "CURL_HOME"), given(machine, "XDG_CONFIG_HOME"), machine.home)
    yield from (directory / ".curlrc" for directory in directories if directory)
    yield config_home(machine) / "curlrc"


def _remove(item: Item) -> str | None:
    """Of several options in a word, as in ``-sk``, one goes by hand."""
    return BY_HAND if re.fullmatch(r"-[^-].+", item.name) else None


TOOL: Final = Tool(
    name="curl",
    programs=("curl",),
    files=(ConfigFile(_paths, "curlrc", _remove, first=True),),
    keys=Keys(
        proxy=("proxy",),
        roots=("cacert", "capath", "proxy-cacert"),
        unverified=(("insecure", truthy("curl")), ("proxy-insecure", truthy("curl"))),
        direct=(("proxy", is_empty), ("noproxy", lambda value: value.strip() == "*")),
        exceptions=("noproxy",),
    ),
    spell=lambda item: item.key,
    reroute="curl",
    dialects=("curl 7", "curl 8"),
    family="System",
    clients=(
        Client(
            "curl",
            "curl",
            (
                Roots("CURL_CA_BUNDLE"),
                Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY, missing=Missing.IGNORED),
                Roots("SSL_CERT_FILE"),
            ),
            LIBCURL,
            "curl 8",
            store=True,
            probe=Probe(program="curl"),
            verified=("7.88.1",),
            note="ignores `HTTP_PROXY` in upper case; `.curlrc` wins",
        ),
    ),
)
