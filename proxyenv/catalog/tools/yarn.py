"""yarn: the first release reads ``.yarnrc`` and npm's files, the later ones ``.yarnrc.yml``.

Source: yarn's documentation, "yarnrc files"; yarn 1.22.22 and 4.18.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Probe, Proxy, Roots
from proxyenv.catalog.clients.libraries import NODE_EXTRA, UPPER, UPPER_PLAIN
from proxyenv.catalog.tools.npm import NPM_KEYS, spell_path
from proxyenv.catalog.tools.tool import NULL, ConfigFile, Configured, Keys, Tool, find_broken_roots
from proxyenv.formats.format import require_single_line
from proxyenv.formats.truth import falsy
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.catalog.tools.tool import Wanted

_FORMATS: Final = {"yarn": "yarnrc", "yarn 2": "yaml"}


def _configure(wanted: Wanted) -> Configured:
    """Where one of the user's files names a CA file that is gone, it gets the bundle; else the variables do.

    Raises:
        PlanError: ``value-unrepresentable``.
    """
    return Configured(tuple(_files(wanted)) if wanted.has_anchors else ())


def _files(wanted: Wanted) -> Iterator[ToolFile]:
    bundle = str(wanted.layout.bundle)
    for name, key in wanted.seen("yarn"):
        path = (
            require_single_line(bundle, what="the bundle's path")
            if name == "yarn"
            else spell_path(bundle, "yarn")
        )
        quoted = json.dumps(path, ensure_ascii=False)
        yield ToolFile("yarn", wanted.path(name), _FORMATS[name], ((key, quoted),))


TOOL: Final[Tool] = Tool(
    name="yarn",
    programs=("yarn", "yarnpkg"),
    files=(
        ConfigFile(lambda m: (m.root / "etc/yarnrc",), "yarnrc", system=True),
        # as root, the first yarn's own command would edit another file
        ConfigFile(lambda m: (m.home / ".yarnrc",), "yarnrc", name="yarn"),
        ConfigFile(
            lambda m: (m.home / ".yarnrc.yml",), "yaml", "yarn config unset --home {name}", name="yarn 2"
        ),
        ConfigFile(lambda m: (m.absolute(".yarnrc"),), "yarnrc", project=True),
        ConfigFile(lambda m: (m.absolute(".yarnrc.yml"),), "yaml", project=True),
    ),
    keys=Keys(
        proxy=(*NPM_KEYS.proxy, "httpProxy", "httpsProxy"),
        roots=(*NPM_KEYS.roots, "httpsCaFilePath"),
        unverified=(*NPM_KEYS.unverified, ("enableStrictSsl", falsy("yarn 2"))),
        schemes=(*NPM_KEYS.schemes, ("httpProxy", "http"), ("httpsProxy", "https")),
        absent=NPM_KEYS.absent | NULL,
    ),
    variables=Keys(
        proxy=("YARN_HTTPS_PROXY", "YARN_HTTP_PROXY"),
        roots=("YARN_HTTPS_CA_FILE_PATH",),
        unverified=(("YARN_ENABLE_STRICT_SSL", falsy("yarn 2")),),
    ),
    look=lambda machine: find_broken_roots(machine, TOOL),
    configure=_configure,
    writes=(
        "`~/.yarnrc`, `~/.yarnrc.yml`",
        "only where `cafile` or `httpsCaFilePath` names a missing file: the bundle",
    ),
    family="JavaScript",
    clients=(
        Client(
            "yarn",
            "yarn 1",
            (NODE_EXTRA,),
            Proxy(
                UPPER,
                UPPER_PLAIN,
                schemeless=Answer.NO,
                socks5h=Answer.NO,
                tls=Answer.YES,
                tls_roots=("NODE_EXTRA_CA_CERTS",),
            ),
            reads=("npm",),
            probe=Probe(program="yarn", below=(2,)),
            verified=("1.22.22",),
            note="ignores NO_PROXY where `YARN_HTTPS_PROXY` is set",
        ),
        Client(
            "yarn-berry",
            "yarn >= 2",
            (NODE_EXTRA, Roots("YARN_HTTPS_CA_FILE_PATH")),
            Proxy((), (), own=(("YARN_HTTPS_PROXY", "https_proxy"), ("YARN_HTTP_PROXY", "http_proxy"))),
            since="2.0",
            config="`httpsProxy` in `.yarnrc.yml`",
            probe=Probe(program="yarn", at_least=(2,)),
            verified=("4.18.1",),
            note="reads no NO_PROXY, and its variables hide it from yarn 1: `env --client` alone prints them",
        ),
    ),
)
