"""uv: ``uv.toml`` of the machine and of the user. It names proxies, but no CA file.

Proxies in the file win over the variables, and then ``no-proxy`` alone counts, not ``NO_PROXY``: all three
are written. A uv before 0.9.23 does not start with them.

Source: uv's documentation, "Settings", and its changelog; uv 0.13.9.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.client import Answer, Client, Holds, Probe, Proxy, Roots
from proxyenv.catalog.tools.tool import (
    ConfigFile,
    Configured,
    Keys,
    Tool,
    application_data,
    config_home,
    given,
    not_empty,
)
from proxyenv.errors import PlanError
from proxyenv.formats.format import require_single_line
from proxyenv.model.tools import ToolFile

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.catalog.tools.tool import Seen, Wanted
    from proxyenv.model.machine import Machine

_FIRST_WITH_PROXIES: Final = (0, 9, 23)


def _system(machine: Machine) -> tuple[Path, ...]:
    return () if given(machine, "UV_CONFIG_FILE") else (machine.root / "etc/uv/uv.toml",)


def _user(machine: Machine) -> tuple[Path]:
    home = application_data(machine) if machine.platform == "win32" else config_home(machine)
    return (given(machine, "UV_CONFIG_FILE") or home / "uv/uv.toml",)


def _look(machine: Machine) -> Seen:
    version = machine.version("uv")
    return (("version", version),) if version else ()


def _configure(wanted: Wanted) -> Configured:
    """``http-proxy``, ``https-proxy`` and ``no-proxy``.

    Raises:
        PlanError: ``settings-invalid``: the uv that is here does not start with them.
    """
    if not (wanted.http or wanted.https):
        return Configured()
    version = dict(wanted.seen("uv")).get("version")
    if version and tuple(map(int, version.split("."))) < _FIRST_WITH_PROXIES:
        raise PlanError(
            "settings-invalid",
            f"uv {version} does not start with a proxy in `uv.toml`",
            hint="update it: `uv self update`; 0.9.23 is the first that does",
        )
    settings = [(f"{scheme}-proxy", _quote(proxy.reveal())) for scheme, proxy in wanted.proxies]
    settings.append(("no-proxy", f"[{', '.join(map(_quote, wanted.no_proxy))}]"))
    note = "uv has no setting for a CA file: it reads `SSL_CERT_FILE`, or else the operating system's store"
    file = ToolFile("uv", wanted.path("uv"), "toml", tuple(settings), sensitive=wanted.sensitive)
    return Configured((file,), notes=(note,) if wanted.has_anchors else ())


def _quote(value: str) -> str:
    return json.dumps(require_single_line(value, what="a setting of uv"), ensure_ascii=False)


TOOL: Final = Tool(
    name="uv",
    programs=("uv",),
    files=(
        ConfigFile(_system, "toml", system=True),
        ConfigFile(_user, "toml", name="uv", says=("proxy",)),
        ConfigFile(lambda m: (m.absolute("uv.toml"),), "toml", project=True),
    ),
    keys=Keys(
        proxy=("http-proxy", "https-proxy"),
        unverified=(("*allow-insecure-host", not_empty),),
        schemes=(("http-proxy", "http"), ("https-proxy", "https")),
        exceptions=("no-proxy",),
    ),
    variables=Keys(unverified=(("UV_INSECURE_HOST", not_empty),)),
    look=_look,
    configure=_configure,
    writes=("`~/.config/uv/uv.toml`", "`http-proxy`, `https-proxy`, `no-proxy`; not before uv 0.9.23"),
    reroute="uv",
    dialects=("uv",),
    family="Python tools",
    clients=(
        Client(
            "uv",
            "uv",
            (Roots("SSL_CERT_FILE"), Roots("SSL_CERT_DIR", holds=Holds.DIRECTORY)),
            Proxy(
                ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"),
                ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"),
                schemeless=Answer.YES,
                socks5h=Answer.YES,
                tls=Answer.YES,
                tls_roots=("SSL_CERT_FILE",),
            ),
            "uv",
            store=True,
            store_switches=(("UV_SYSTEM_CERTS", "1"),),
            probe=Probe(program="uv"),
            verified=("0.13.9",),
        ),
    ),
)
