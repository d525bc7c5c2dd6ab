"""What ``--configure`` writes for a tool, on a made-up machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.tools import configurable
from proxyenv.catalog.tools.tool import Wanted
from proxyenv.machine.tools import find_paths
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.tools import ToolFindings
from support.machines import HOME, MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Configured

MACHINE: Final = MadeUpMachine()
PROXY: Final = parse_proxy_url("proxy.corp.test:3128")
SECRET: Final = parse_proxy_url("http://ada:p%3C%20ss@proxy.corp.test:3128")
BUNDLE: Final = f"{HOME}/.local/share/proxyenv/ca-bundle.pem"
STORE: Final = f"{HOME}/.local/share/proxyenv/ca-bundle.p12"
WANTED: Final = Wanted(
    http=PROXY,
    https=PROXY,
    no_proxy=("localhost", ".corp.test", "10.0.0.0/8"),
    java=("localhost", "*.corp.test"),
    has_anchors=True,
    layout=MACHINE.layout,
    platform="linux",
    environment={},
    found=ToolFindings(
        paths=find_paths(MACHINE),
        seen={
            "npm": (("npm", "cafile"),),
            "yarn": (("yarn 2", "httpsCaFilePath"),),
            "gcloud": (("configuration", "default"),),
        },
    ),
)


def configure(tool: str, wanted: Wanted = WANTED) -> Configured:
    """What the tool's own function makes of what is wanted."""
    done = configurable()[tool].configure
    assert done is not None
    return done(wanted)


def settings_of(tool: str, wanted: Wanted = WANTED) -> dict[str, str]:
    """The settings of all its files: key to value."""
    return dict(pair for file in configure(tool, wanted).files for pair in file.settings)


def on(machine: MadeUpMachine, tool: str) -> Wanted:
    """The same, on a machine where the tool finds something."""
    seen = {tool: configurable()[tool].look(machine)}
    return WANTED._replace(found=ToolFindings(paths=find_paths(machine), seen=seen))
