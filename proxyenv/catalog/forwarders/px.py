"""px: NTLM, Negotiate, Digest and Basic, in Python.

Arguments come before variables and `.env`, these before `px.ini`, which is one file: that of `--config`, else
the first of the working directory, the user's configuration and the directory of the program (px 0.13).
"""

from __future__ import annotations

import re
from functools import cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.forwarders.forwarder import ForwarderProgram, name_proxies, read_script
from proxyenv.errors import PlanError
from proxyenv.formats.settings import FORMATS
from proxyenv.model.forwarder import Upstream
from proxyenv.model.host import find_given
from proxyenv.model.url import show_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.model.forwarder import Listener
    from proxyenv.model.machine import Machine

Said = tuple["Mapping[str, str]", str]
Address = IPv4Address | IPv6Address

_DOTS: Final = 3

_VARIABLE: Final = re.compile(
    r"^[ \t]*(?:export[ \t]+)?PX_([A-Z_]+)[ \t]*=(.*)", re.MULTILINE | re.IGNORECASE
)
_PROXIES: Final = ("http_proxy", "HTTP_PROXY")
"""That for `https://` is not looked at (px 0.13)."""


def _find_upstream(machine: Machine, listener: Listener) -> Upstream:
    said = tuple(_read(machine, listener))
    listed, listed_where = _find(said, "noproxy")
    past = _split(listed)
    server, where = _find(said, "server")
    if server:
        found = Upstream(name_proxies(server.split(",")), where)
    else:  # with a server the PAC file is not asked
        pac, where = _find(said, "pac")
        script = read_script(machine, listener.directory, pac) if pac else None
        found = Upstream((), where, pac, script) if pac else _read_environment(listener, said)
        if not pac and found.proxies:
            own = listener.environment.get("no_proxy") or listener.environment.get("NO_PROXY") or ""
            past, listed_where = (*past, *_split(own)), listed_where or "`NO_PROXY` of its environment"
    if "*" in past and all(each == "*" or _find_range(each) for each in past):
        return Upstream((), f"`noproxy` has `*` ({listed_where})")
    return found._replace(past=past, past_source=f"`noproxy` ({listed_where})" if past else "")


def _find(said: tuple[Said, ...], key: str) -> tuple[str, str]:
    """What px takes for a key, and where it stands; two empty texts where nothing says it."""
    return next(((values[key], where) for values, where in said if key in values), ("", ""))


def _read_environment(listener: Listener, said: tuple[Said, ...]) -> Upstream:
    named = next((name for name in _PROXIES if listener.environment.get(name)), None)
    if named:
        return Upstream(name_proxies((listener.environment[named],)), f"`{named}` of its environment")
    read = said[-1][1] if said else ""
    return Upstream((), f"`{read}` names none" if read.endswith(".ini") else "it was started without one")


def _split(text: str) -> tuple[str, ...]:
    return tuple(re.split(r"[ ,;]+", text.strip(" ,;").lower())) if text.strip(" ,;") else ()


def _find_past(past: tuple[str, ...], host: str, find_address: Callable[[], str | None]) -> str | None:
    """A name is the host and all below it, as in curl; a range has its address; other patterns are none."""
    for each in past:
        name = each.strip(".")
        if not _find_range(each) and (host == name or host.endswith(f".{name}")):
            return each
    ranges = [(each, first, last) for each in past for first, last in _find_range(each)]
    if all(first.is_loopback for _, first, _ in ranges):
        return None
    address = find_address()
    if not address:
        return None
    number = ip_address(address)
    same = (each for each in ranges if each[1].version == number.version)
    return next((each for each, first, last in same if int(first) <= int(number) <= int(last)), None)


@cache  # each host asks for all
def _find_range(text: str) -> tuple[tuple[Address, Address], ...]:
    """The first and the last address of a network, `a-b` or `10.*.*.*`; nothing for a name."""
    try:
        if "-" in text:
            first, _, last = text.partition("-")
            return ((ip_address(first), ip_address(last)),)
        if "*" in text:
            if re.fullmatch(r"[0-9]+(\.[0-9]+){0,2}(\.\*)+|\*(\.\*)+", text) and text.count(".") == _DOTS:
                return ((ip_address(text.replace("*", "0")), ip_address(text.replace("*", "255"))),)
            return ()
        network = ip_network(text, strict=False)
    except ValueError:
        return ()
    return ((network[0], network[-1]),)


def _read(machine: Machine, listener: Listener) -> Iterator[Said]:
    """What px is told, the strongest first, each with where it stands."""
    flags = dict(word[2:].partition("=")[::2] for word in listener.arguments if word.startswith("--"))
    given = {"proxy": "server"}
    yield {given.get(name, name): value for name, value in flags.items()}, "its command line"
    variables = {
        name[3:].lower(): value for name, value in listener.environment.items() if name.startswith("PX_")
    }
    yield variables, "`PX_…` of its environment"
    dotenv = listener.directory / ".env"
    lines = _VARIABLE.findall(machine.read(dotenv) or "")
    found = {name.lower(): _unquote(value.strip()) for name, value in lines}
    yield found, f"`{show_path(dotenv)}`"
    path = _find_ini(machine, listener, flags.get("config") or variables.get("config") or found.get("config"))
    if path is not None:
        yield _read_ini(machine.read(path) or "", path), show_path(path)


def _unquote(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] in "'\"" and text[0] == text[-1] else text


def _find_ini(machine: Machine, listener: Listener, named: str | None) -> Path | None:
    if named:
        return listener.directory / named
    places = (
        listener.directory,
        _find_directory(machine.platform, machine.home, listener.environment),
        *(Path(word).parent for word in listener.arguments[:2] if Path(word).name == "px"),
    )
    return next((place / "px.ini" for place in places if machine.is_file(place / "px.ini")), None)


def _find_directory(platform: str, home: Path, environment: Mapping[str, str]) -> Path:
    """Where px looks for its file."""
    if platform == "win32":
        return Path(environment.get("APPDATA") or home / "AppData" / "Roaming") / "px"
    if platform == "darwin":
        return home / "Library" / "Application Support" / "px"
    return (find_given(environment, "XDG_CONFIG_HOME") or home / ".config") / "px"


def find_configuration(machine: Machine) -> Path:
    """Where a user's `px.ini` is."""
    return _find_directory(machine.platform, machine.home, machine.environment) / "px.ini"


def _read_ini(text: str, path: Path) -> dict[str, str]:
    try:
        items = tuple(FORMATS["ini"].items(text, source=f"`{show_path(path)}`"))
    except PlanError:
        return {}  # px does not start with such a file
    return {item.name.lower(): item.value for item in items if item.section == "proxy"}


FORWARDER: Final = ForwarderProgram(
    "px",
    _find_upstream,
    "give px the right password (in the keyring for `Px`, or as `PX_PASSWORD`), and start it again: after a "
    "wrong one it refuses every request",
    "write `server = HOST:PORT` below `[proxy]` in px.ini, without `noproxy = *`, and start px again",
    _find_past,
)
