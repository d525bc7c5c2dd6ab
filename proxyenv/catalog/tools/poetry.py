"""Poetry: ``certificates.NAME.cert`` for each repository, in ``config.toml`` and ``auth.toml``.

Source: Poetry's documentation, "Repositories", on custom certificate authorities; Poetry 2.5.1.
"""

from __future__ import annotations

from typing import Final

from proxyenv.catalog.clients.client import Client, Probe
from proxyenv.catalog.clients.libraries import REQUESTS, REQUESTS_PROXY
from proxyenv.catalog.tools.tool import ConfigFile, Keys, Tool, application_data, given
from proxyenv.formats.truth import falsy

TOOL: Final = Tool(
    name="poetry",
    programs=("poetry",),
    files=(
        ConfigFile(
            lambda m: (
                (given(m, "POETRY_CONFIG_DIR") or application_data(m) / "pypoetry") / name
                for name in ("config.toml", "auth.toml")
            ),
            "toml",
            "poetry config --unset {name}",
        ),
    ),
    keys=Keys(roots=("certificates.*.cert",), unverified=(("certificates.*.cert", falsy("poetry")),)),
    family="Python tools",
    clients=(
        Client(
            "poetry",
            "Poetry",
            REQUESTS,
            REQUESTS_PROXY,
            store=True,
            patched=True,
            probe=Probe(program="poetry"),
            verified=("2.5.1",),
            note="with truststore: `--venv` with the environment that it lives in",
        ),
    ),
)
