"""A PAC file on this machine, the hosts that it is asked about, and where a network may offer one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.bounded import read_content
from proxyenv.errors import DiscoveryError, ProxyenvError
from proxyenv.formats.pac import LIMIT
from proxyenv.formats.parse import parse_json
from proxyenv.formats.settings import FORMATS
from proxyenv.machine.content import find_text, render_reason
from proxyenv.machine.hosts import find_urls
from proxyenv.machine.resolver import find_search_names
from proxyenv.model.subject import DEFAULT_URLS
from proxyenv.model.url import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from proxyenv.formats.format import Item
    from proxyenv.model.host import Host
    from proxyenv.model.no_proxy import NoProxy

_SCP: Final = re.compile(r"(?:[^@/:]+@)?(?P<host>[^/:]+):(?!//)")
_MOST: Final = 100


def read_pac_file(path: Path) -> bytes:
    """A PAC file.

    Raises:
        DiscoveryError: ``pac-unreachable``.
    """
    try:
        return read_content(path, limit=LIMIT)
    except OSError as error:
        raise DiscoveryError(
            "pac-unreachable",
            f"the PAC file `{path}` cannot be read: {render_reason(error)}",
            hint="name another file or a URL",
        ) from error


def find_hosts(host: Host, meant: NoProxy, urls: Iterable[str] = ()) -> tuple[str, ...]:
    """The URLs that matter here, loopback left out: no browser asks a PAC file about that.

    The Prefect API, the package index, what the check fetches, git's remotes, registries of containers and of
    npm, and something for each entry of a NO_PROXY list.

    Args:
        host: the machine.
        meant: what is to be reached directly today.
        urls: what the check fetches; by default what it always fetches.
    """
    fetched = tuple(urls) or DEFAULT_URLS
    found = (*find_urls(host, meant), *fetched, *_find_remotes(host), *_find_registries(host))
    kept = (url for url in found if (name := _find_host(url)) and not is_loopback(name))
    return tuple(dict.fromkeys(kept))[:_MOST]


def _find_host(url: str) -> str:
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname, parts.port  # a port may be none, such as a variable in `.npmrc`
    except ValueError:
        return ""
    return name or ""


def _find_remotes(host: Host) -> Iterator[str]:
    for item in _read_items(host.absolute(".git/config"), "gitconfig"):
        if item.name == "url" and item.section.startswith("remote."):
            scp = _SCP.match(item.value)
            yield f"https://{scp['host']}/" if scp else item.value


def _find_registries(host: Host) -> Iterator[str]:
    for item in _read_items(host.home / ".npmrc", "npmrc"):
        if not item.section and item.name.rpartition(":")[2] == "registry":
            yield item.value
    try:
        docker = parse_json(find_text(host.home / ".docker/config.json") or "{}")
    except ValueError:
        return
    logins = docker.get("auths") if isinstance(docker, dict) else None
    for name in logins if isinstance(logins, dict) else ():
        yield name if "://" in name else f"https://{name}"


def _read_items(path: Path, grammar: str) -> tuple[Item, ...]:
    """The settings of a file, as its client reads them; none where it cannot be understood."""
    try:
        return tuple(FORMATS[grammar].items(find_text(path) or "", source=f"`{path}`"))
    except ProxyenvError:
        return ()


def find_search_domains(host: Host, root: Path) -> tuple[str, ...]:
    """The search domains of the resolver, as they stand in ``resolv.conf``; the last of such lines counts.

    One without a dot is left out: ``wpad.lan`` is whoever says so first. So is ``local``, which multicast
    answers.

    Args:
        host: the machine.
        root: what the files of the system are below.
    """
    if host.platform == "win32":
        return ()
    names = find_search_names(root)
    return tuple(dict.fromkeys(name for name in names if "." in name and not name.endswith(".local")))
