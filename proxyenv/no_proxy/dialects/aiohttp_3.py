"""aiohttp with ``trust_env=True``; without it, no variable is read.

Its URLs are those of yarl 1.25: ``yarl._parse.split_url``, ``split_netloc``, ``yarl._url._encode_host``.
"""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote_from_bytes

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route, RouteKind
from proxyenv.model.url import encode_host
from proxyenv.no_proxy.dialects.dialect import Dialect, Router, failure, no_variable, through
from proxyenv.no_proxy.dialects.hosts import find_ipv4
from proxyenv.no_proxy.dialects.python_urllib import ProxyVariable, read_bypass, read_proxies

if TYPE_CHECKING:
    from collections.abc import Mapping


_SCHEME: Final = re.compile(r"[a-zA-Z0-9+.-]+(?=:)")
_LOCATED: Final = re.compile(r"//([^/?#]*)", re.DOTALL)
_BLANK: Final = "".join(map(chr, range(0x21)))
_LINES: Final = str.maketrans(dict.fromkeys("\t\r\n"))
_NEEDS_HOST: Final = frozenset({"http", "https", "ws", "wss", "ftp"})
_DEFAULT_PORTS: Final = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
_ESCAPES: Final = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_PATH_SAFE: Final = "!$'()*,@:/+&=;"  # and what is unreserved
_RELATIVE_SCHEME: Final = re.compile(r"\A([a-zA-Z0-9+.-]+):")
_LARGEST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class YarlURL:
    """The parts of a URL.

    Args:
        scheme: lower case, possibly empty.
        username: decoded.
        password: decoded.
        host: as it is looked up: punycode, IPv6 without brackets; empty in a relative URL.
        port: the explicit one, else the scheme's own, if any.
        path: what follows, percent-encoded.
    """

    scheme: str
    username: str | None
    password: str | None
    host: str
    port: int | None
    path: str

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing but a scheme, which aiohttp takes for no URL at all."""
        return not self.host and not self.path

    @property
    def shown_host(self) -> str:
        """The host that NO_PROXY is compared with: without Punycode.

        Raises:
            UnicodeError: it cannot be decoded.
        """
        if "xn--" not in self.host or self.host[-1].isdigit() or ":" in self.host:
            return self.host
        import idna

        try:
            return idna.decode(self.host)
        except UnicodeError:
            return self.host.encode("ascii").decode("idna")

    def __str__(self) -> str:
        """The URL without credentials, as aiohttp's messages show it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port in {None, _DEFAULT_PORTS.get(self.scheme)} else f":{self.port}"
        authority = f"//{host}{port}" if host or self.scheme in _NEEDS_HOST else ""
        slash = "/" if authority and self.path and not self.path.startswith("/") else ""
        return (f"{self.scheme}:" if self.scheme else "") + authority + slash + self.path


def parse_yarl_url(text: str) -> YarlURL:
    """Read a URL as yarl does; what has no scheme and no `//` is a path.

    Raises:
        ValueError: yarl raises, with its own message.
    """
    url = text.lstrip(_BLANK).translate(_LINES)
    matched = _SCHEME.match(url)
    scheme = matched[0].lower() if matched else ""
    rest = url[matched.end() + 1 :] if matched else url
    located = _LOCATED.match(rest)
    netloc = located[1] if located else ""
    _check_netloc(netloc)
    path = _encode_path(rest[located.end() :] if located else rest, relative=not scheme and not netloc)
    username, password, host, port = _split_netloc(netloc)
    if netloc and not host and scheme in _NEEDS_HOST:
        message = f"Invalid URL: host is required for absolute urls with the {scheme} scheme"
        raise ValueError(message)
    number = port if port is not None else _DEFAULT_PORTS.get(scheme)
    return YarlURL(scheme, username, password, _encode_host(host), number, path)


def _encode_path(text: str, *, relative: bool) -> str:
    path = re.split("[?#]", text, maxsplit=1)[0]
    encoded = quote_from_bytes(_SURROGATE.sub("", path).encode(), safe=_PATH_SAFE)
    return _RELATIVE_SCHEME.sub(r"\1%3A", encoded) if relative else encoded


def _check_netloc(netloc: str) -> None:
    if "\\" in netloc:
        message = "Invalid URL: backslash ('\\') is not allowed in the authority component per RFC 3986."
        raise ValueError(message)
    if "[" in netloc or "]" in netloc:
        _check_brackets(netloc.rpartition("@")[2], complete="[" in netloc and "]" in netloc)
    plain = netloc.translate(str.maketrans(dict.fromkeys("@:#?")))
    normal = unicodedata.normalize("NFKC", plain)
    if plain != normal and any(character in normal for character in "/?#@:%"):
        message = f"netloc '{netloc}' contains invalid characters under NFKC normalization"
        raise ValueError(message)


def _check_brackets(location: str, *, complete: bool) -> None:
    inside, _, after = location[1:].partition("]")
    once = location.count("[") == 1 and location.count("]") == 1
    if not complete or not once or not location.startswith("[") or (after and not after.startswith(":")):
        raise ValueError("Invalid IPv6 URL")
    if inside.startswith("v"):
        if not re.match(r"v[a-fA-F0-9]+\..+\Z", inside):
            raise ValueError("IPvFuture address is invalid")
    elif ":" not in inside:
        raise ValueError("The IPv6 content between brackets is not valid")


def _split_netloc(netloc: str) -> tuple[str | None, str | None, str, int | None]:
    userinfo, at, location = netloc.rpartition("@")
    username, colon, password = userinfo.partition(":")
    if location.startswith("["):
        host, _, tail = location[1:].partition("]")
        port = tail[1:]
    else:
        host, _, port = location.partition(":")
    return (
        _decode(username) if at and username else None,
        _decode(password) if colon else None,
        host,
        _read_port(port),
    )


def _read_port(port: str) -> int | None:
    if not port:
        return None
    try:
        number = int(port)
    except ValueError:
        raise ValueError("Invalid URL: port can't be converted to integer") from None
    if not 0 <= number <= _LARGEST_PORT:
        raise ValueError("Port out of range 0-65535")
    return number


def _decode(text: str) -> str:
    """Percent-decode; octets that are no UTF-8 stay encoded, and surrogates vanish."""

    def decode(found: re.Match[str]) -> str:
        octets = bytes.fromhex(found[0].replace("%", ""))
        decoded = octets.decode("utf-8", "surrogateescape")
        return _SURROGATE.sub(lambda lone: f"%{ord(lone[0]) - 0xDC00:02X}", decoded)

    return _ESCAPES.sub(decode, _SURROGATE.sub("", text))


def _encode_host(host: str) -> str:
    if host and (host[-1].isdigit() or ":" in host):
        address, percent, zone = host.partition("%25" if "%25" in host else "%")
        try:
            return ipaddress.ip_address(address).compressed + percent + zone
        except ValueError:
            pass
    if host.isascii():
        return host.lower()
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except UnicodeError:
        return encode_host(host)


_SCHEMES: Final = ("http", "https", "ws", "wss")
_NUMBERS: Final = re.compile(r"[0-9.]+")
_SECURE: Final = ("https", "wss")


def _prepare(environment: Mapping[str, str]) -> Router:
    settings = read_proxies(environment)
    bypass = read_bypass(settings)
    proxies = {key: setting for key, setting in settings.items() if key in _SCHEMES}
    secrets = [setting.value for setting in proxies.values()]

    def decide(url: str) -> Route:
        try:
            parsed = parse_yarl_url(url)
            shown = parsed.shown_host
        except ValueError:
            return failure("aiohttp.client_exceptions.InvalidUrlClientError", url)
        if parsed.scheme not in _SCHEMES:
            return failure("aiohttp.client_exceptions.NonHttpUrlClientError", url)
        entry = bypass.find(shown)
        try:
            route = (
                _choose(parsed.scheme, proxies) if entry is None else Route.bypassed(entry, bypass.variable)
            )
            return (route.kind is RouteKind.DIRECT and _refuse_number(parsed.host)) or route
        except ValueError as error:
            return failure(_name(error), str(error), *secrets)

    return decide


def _refuse_number(host: str) -> Route | None:
    """The error for an address in another notation than four octets, which aiohttp refuses."""
    if not _NUMBERS.fullmatch(host) or find_ipv4(host) is not None:
        return None
    text = f"{host} - is not a canonical IPv4 address"
    return failure("aiohttp.client_exceptions.InvalidUrlClientError", text)


def _name(error: ValueError) -> str:
    return f"{type(error).__module__}.{type(error).__qualname__}"


def _choose(scheme: str, settings: Mapping[str, ProxyVariable]) -> Route:
    """The route by the variables, all of which aiohttp parses each time.

    Raises:
        ValueError: one of them cannot be parsed, whichever the URL needs.
    """
    parsed = {key: parse_yarl_url(setting.value) for key, setting in settings.items()}
    for url in parsed.values():
        _check_login(url)
    if scheme not in parsed:
        return no_variable(scheme)
    url, variable = parsed[scheme], settings[scheme].variable
    if url.scheme in _SECURE:
        return Route.direct(f"`{variable}` names an `{url.scheme}://` proxy, which aiohttp ignores")
    if url.is_empty:
        return Route.direct(f"`{variable}` names no proxy")
    if not url.host:
        return failure("aiohttp.client_exceptions.InvalidURL", str(url), settings[scheme].value)
    username, password = _login(url) or (None, None)
    f"{username or ''}:{password or ''}".encode("latin-1")
    unusual = _refuse_number(url.host)
    if unusual is not None:
        return unusual
    proxy = ProxyURL("http", url.host, url.port or 0, username, password)
    return through("aiohttp.client_exceptions.ClientProxyConnectionError", proxy, variable)


def _login(url: YarlURL) -> tuple[str, str] | None:
    if url.username is None and url.password is None:
        return None
    return url.username or "", url.password or ""


def _check_login(url: YarlURL) -> None:
    if ":" in (url.username or ""):
        raise ValueError('A ":" is not allowed in login (RFC 1945#section-11.1)')


AIOHTTP: Final = Dialect(
    name="aiohttp",
    verified=("3.14.5",),
    source="aiohttp 3.14: `helpers.get_env_proxy_for_url`, `proxies_from_env`; yarl 1.25",
    prepare=_prepare,
)
