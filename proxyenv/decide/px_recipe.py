"""How to start px on this machine, which adds the credentials that no Python client can give.

px 0.13: each line was typed against squid with NTLM and with Digest.
"""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.model.proxy_url import ProxyURL

FIRST_PORT: Final = 3128
_HERE: Final = ("localhost", "127.0.0.1")
_IDLE: Final = 3600
"""Seconds: px cuts a tunnel that is silent for 30, and a long `git` or `pip` is."""


def render_px_recipe(
    proxy: ProxyURL, no_proxy: tuple[str, ...], *, port: int, configuration: Path, platform: str
) -> Iterator[str]:
    """The steps, a line each.

    Args:
        proxy: the corporate proxy.
        no_proxy: what goes direct.
        port: where px is to listen.
        configuration: where px looks for its file.
        platform: as ``sys.platform`` says it.
    """
    quote = _quote_for_windows if platform == "win32" else shlex.quote
    place = configuration.parent / "venv"
    programs = place / ("Scripts" if platform == "win32" else "bin")
    yield "px adds the credentials that this proxy wants. How to start it on this machine:"
    yield "1. an environment of its own; pip cannot pass this proxy, so where there is no other way, bring"
    yield "   the wheels (`pip download px-proxy` elsewhere), and add `--no-index --find-links DIRECTORY`:"
    yield f"   python -m venv {quote(str(place))}"
    yield f"   {quote(str(programs / 'python'))} -m pip install px-proxy"
    yield f"2. {configuration}:"
    yield from (f"   {line}" for line in render_px_ini(proxy, no_proxy, port=port))
    yield "3. the password: it is asked for, and kept in your desktop's keyring for the service `Px`; where"
    yield "   there is none it would be kept in clear text: leave this out, and set PX_PASSWORD for step 4:"
    px = quote(str(programs / "px"))
    yield f"   {px} --config={quote(str(configuration))} --password"
    yield "4. start it, and keep it running:"
    yield f"   {px} --config={quote(str(configuration))}"
    yield "5. with the other options that you gave:"
    yield f"   proxyenv setup --proxy http://127.0.0.1:{port}"


def render_px_ini(proxy: ProxyURL, no_proxy: tuple[str, ...], *, port: int) -> tuple[str, ...]:
    """The lines of `px.ini`. A `%` is written twice: Python's ``configparser`` reads it."""
    named = proxy.username if proxy.password else None  # alone it may be a token
    user = (named or "DOMAIN\\USER").replace("%", "%%")
    direct = (entry for entry in no_proxy if "*" not in entry and "[" not in entry)
    return (
        "[proxy]",
        f"server = {proxy.authority}",
        "listen = 127.0.0.1",
        f"port = {port}",
        f"username = {user}",
        f"noproxy = {','.join(dict.fromkeys((*_HERE, *direct)))}",
        "[settings]",
        f"idle = {_IDLE}",
    )


def _quote_for_windows(text: str) -> str:
    return f'"{text}"' if " " in text else text
