"""curl: its command line's options in ``.curlrc``. The file wins over the variables.

Source: ``curl(1)``, on ``--config``; curl 7.88.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Client, Holds, Missing, Probe, Roots
from proxyenv.catalog.clients.libraries import LIBCURL
from proxyenv.catalog.tools.tool import YES_OR_EMPTY, ConfigFile, Keys, Tool, config_home, given

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.machine import Machine


def _paths(machine: Machine) -> Iterator[Path]:
    directories = (given(machine, "CURL_HOME"), given(machine, "XDG_CONFIG_HOME"), machine.home)
    yield from (directory / ".curlrc" for directory in directories if directory)
    yield config_home(machine) / "curlrc"


TOOL: Final = Tool(
    name="curl",
    programs=("curl",),
    files=(ConfigFile(_paths, "curlrc"),),
    keys=Keys(
        proxy=("proxy", "x"),
        roots=("cacert", "capath", "proxy-cacert"),
        unverified=(("insecure", YES_OR_EMPTY), ("k", YES_OR_EMPTY), ("proxy-insecure", YES_OR_EMPTY)),
    ),
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
