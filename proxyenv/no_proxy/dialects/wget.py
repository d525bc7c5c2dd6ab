"""wget 1.x: lower case only, and names compared letter by letter from their ends.

After ``getproxy`` in ``src/retr.c``, ``sufmatch`` in ``src/host.c``, ``sepstring`` in ``src/utils.c`` and
``url_parse`` in ``src/url.c`` of 1.21.3. There is no ALL_PROXY, no `*`, no network and no port in a list.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes, unquote

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import (
    first_filled,
    lower_ascii,
    make_proxy,
    no_variable,
    show,
)
from proxyenv.no_proxy.dialects.hosts import find_ipv6, to_ascii
from proxyenv.no_proxy.dialects.listed import Listed, first_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router

_SEPARATOR: Final = re.compile(r",[ \t\n\v\f\r]*+")
_SCHEME: Final = re.compile(r"(https?|ftps?)://", re.IGNORECASE)
_ANY_SCHEME: Final = re.compile(r"([A-Za-z0-9+.-]+):")
_SHORT_END: Final = re.compile(r"[:/]")
_SHORT_PORT: Final = re.compile(r":[0-9]+(?:/|\Z)")
_LOGIN: Final = re.compile(r"((?:[A-Za-z0-9._!~*'();:&=+$,-]++|%[0-9A-Fa-f]{2})*+)@")
_LOCATION: Final = re.compile(r"(?:\[(?P<ipv6>[^\]]*)\]|(?P<host>[^:/?#;]*))(?P<rest>[^/?#]*)")
_PORT: Final = re.compile(r":([0-9]*)")
_SAFE: Final = "!#$%&'()*+,/:;=?@[]"
"""Beside letters, digits and what `quote` never escapes."""
_LONE_PERCENT: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_PORTS: Final = {"http": 80, "https": 443, "ftp": 21, "ftps": 990}
_LARGEST_PORT: Final = 65535


class _URLError(ValueError):
    """wget refuses the URL; the text is its own."""


def prepare_wget(environment: Mapping[str, str]) -> Router:
    """The reading of wget."""
    entries: dict[str, Listed] = {}
    for place, text in enumerate(_SEPARATOR.split(environment.get("no_proxy", ""))):
        entries.setdefault(lower_ascii(text), Listed(place, text))
    if not environment.get("no_proxy"):
        entries.clear()

    def route(url: str) -> Route:
        try:
            scheme, _, _, host, _ = _parse(url)
        except _URLError as error:
            return Route.error(f"{show(url)}: {error}.")
        named = first_filled(environment, f"{scheme}_proxy")
        if named is None:
            return no_variable(scheme)
        entry = first_of(*(entries.get(tail) for tail in _tails(lower_ascii(host))))
        return Route.bypassed(entry.text, "no_proxy") if entry else _read_proxy(*named, scheme)

    return route


def _tails(host: str) -> list[str]:
    """The host, and at each dot what follows it, with the dot and without."""
    dots = [at for at, character in enumerate(host) if character == "."]
    return [host, *(host[at:] for at in dots), *(host[at + 1 :] for at in dots)]


def _read_proxy(variable: str, value: str, target: str) -> Route:
    try:
        scheme, username, password, host, port = _parse(_expand(value))
    except _URLError as error:
        return Route.error(f"Error parsing proxy URL {show(value)}: {error}.")
    if scheme not in {"http", target}:
        return Route.error(f"Error in proxy URL {show(value)}: Must be HTTP.")
    if password is None:
        username = None  # a user name alone is not sent
    return Route.proxied(make_proxy(scheme, host, port, username, password), variable)


def _expand(value: str) -> str:
    """A shorthand made into a URL: `host:8080` is HTTP, `host:path` is FTP."""
    if _SCHEME.match(value):
        return value
    found = _SHORT_END.search(value)
    if found is None:
        return f"http://{value}"
    at = found.start()
    if at == 0 or value.startswith("://", at):
        return value
    if value[at] == "/" or _SHORT_PORT.match(value, at):
        return f"http://{value}"
    return f"ftp://{value[:at]}/{value[at + 1 :]}"


def _parse(text: str) -> tuple[str, str | None, str | None, str, int]:
    """The scheme, the credentials, the host and the port of a URL."""
    found = _SCHEME.match(text)
    if found is None:
        other = _ANY_SCHEME.match(text)
        raise _URLError(f"Unsupported scheme `{other[1]}`" if other else "Scheme missing")
    scheme, rest = lower_ascii(found[1]), _escape(text[found.end() :])
    login = _LOGIN.match(rest)
    username, password = _read_login(login[1]) if login else (None, None)
    parts = _LOCATION.match(rest, login.end() if login else 0)
    if parts is None:
        raise _URLError("Unterminated IPv6 numeric address")
    host = _read_host(parts["ipv6"], parts["host"] or "")
    return scheme, username, password, host, _read_port(parts["rest"], _PORTS[scheme])


def _escape(text: str) -> str:
    text = _LONE_PERCENT.sub("%25", text)
    try:
        octets = text.encode("utf-8", "surrogateescape")  # bytes as Python has them in an environment
    except UnicodeEncodeError:
        octets = text.encode("utf-8", "surrogatepass")
    return quote_from_bytes(octets, safe=_SAFE)


def _read_login(text: str) -> tuple[str, str | None]:
    username, colon, password = text.partition(":")
    if not username:
        raise _URLError("Invalid user name")
    return unquote(username), unquote(password) if colon else None


def _read_host(ipv6: str | None, name: str) -> str:
    if ipv6 is not None:
        if find_ipv6(ipv6) is None:
            raise _URLError("Invalid IPv6 numeric address")
        return lower_ascii(ipv6)
    if not name:
        raise _URLError("Unterminated IPv6 numeric address" if name.startswith("[") else "Invalid host name")
    host = lower_ascii(name)
    if "%" not in host:
        return host
    decoded = unquote(host)
    if _CONTROL.search(decoded):
        raise _URLError("Invalid host name")
    return to_ascii(decoded) or decoded


def _read_port(text: str, default: int) -> int:
    if not text:
        return default
    found = _PORT.fullmatch(text.partition(";")[0])
    digits = found[1].lstrip("0") if found else ""
    if found is None or len(digits) > len(str(_LARGEST_PORT)) or int(digits or "0") > _LARGEST_PORT:
        raise _URLError("Bad port number")
    return int(digits or "0") if found[1] else default
