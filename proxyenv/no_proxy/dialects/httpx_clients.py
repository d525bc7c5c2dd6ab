"""httpx 0.28, with it Prefect's own clients, and its successor httpx2.

Both make a mount of every proxy and of every entry of NO_PROXY when a client is made, so that one
entry that httpx cannot parse fails every request of the process. httpx2 drops such entries, and knows
networks and `*.x`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import (
    ClientRefusedError,
    Dialect,
    Router,
    failure,
    no_variable,
    through,
)
from proxyenv.no_proxy.dialects.httpx_mounts import IPNetwork, Mount, Mounts, find_network, find_version
from proxyenv.no_proxy.dialects.httpx_url import HttpxURL, parse_httpx_url
from proxyenv.no_proxy.dialects.python_urllib import ProxyVariable, read_proxies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_SCHEMES: Final = ("http", "https")
_SOCKS: Final = ("socks5", "socks5h")
_PORTS: Final = {"http": 80, "https": 443}
_IPV4: Final = 4
_Pattern = tuple[HttpxURL, IPNetwork | None]
_WITHOUT_SOCKS: Final = (
    "Using SOCKS proxy, but the 'socksio' package is not installed. "
    "Make sure to install httpx using `pip install httpx[socks]`."
)


@dataclass(frozen=True, slots=True)
class _Flavour:
    """What differs between the two.

    Args:
        package: the name, which stands before its exceptions.
        pattern: from an entry to the pattern that is mounted, if any.
        lenient: entries that cannot be parsed are dropped, and networks are known.
    """

    package: str
    pattern: Callable[[str], str | None]
    lenient: bool

    def refuse(self, error: ClientRefusedError, settings: Mapping[str, ProxyVariable]) -> Route:
        """The route when it raises."""
        name = error.name if "." in error.name else f"{self.package}.{error.name}"
        return failure(name, error.text, *(setting.value for key, setting in settings.items() if key != "no"))


def _httpx_pattern(entry: str) -> str:
    if "://" in entry:
        return entry
    version = find_version(entry)
    if version is not None:
        return f"all://{entry}" if version == _IPV4 else f"all://[{entry}]"
    return f"all://{entry}" if entry.lower() == "localhost" else f"all://*{entry}"


def _httpx2_pattern(entry: str) -> str | None:
    address, slash, length = entry.partition("/")
    if "://" not in entry and slash:
        version = find_version(entry)
        if version is not None and version != _IPV4:
            return f"all://[{address}]/{length}"
        return f"all://{entry}" if version == _IPV4 or entry.startswith("[") else None
    if entry.startswith(("[", "*.")) and "://" not in entry:
        return f"all://{entry}"
    return _httpx_pattern(entry)


def _prepare(environment: Mapping[str, str], flavour: _Flavour) -> Router:
    settings = read_proxies(environment)
    listed = settings.get("no", ProxyVariable("", ""))
    entries = [entry for text in listed.value.split(",") if (entry := text.strip())]
    if "*" in entries:
        return _with_url(flavour, lambda _url: Route.bypassed("*", listed.variable))
    mounted = {f"{scheme}://": settings[scheme] for scheme in ("http", "https", "all") if scheme in settings}
    for entry in entries:
        pattern = flavour.pattern(entry)
        if pattern is not None and (pattern not in mounted or mounted[pattern].variable != listed.variable):
            mounted[pattern] = ProxyVariable(entry, listed.variable)
    try:
        mounts = _mount(mounted, listed.variable, flavour)
    except ClientRefusedError as error:
        broken = flavour.refuse(error, settings)
        return lambda _url: broken
    return _with_url(flavour, lambda url: _route(mounts, url, flavour))


def _with_url(flavour: _Flavour, decide: Callable[[HttpxURL], Route]) -> Router:
    def route(url: str) -> Route:
        asked = _read_url(url, flavour)
        return asked if isinstance(asked, Route) else decide(asked)

    return route


def _mount(mounted: dict[str, ProxyVariable], listed: str, flavour: _Flavour) -> Mounts:
    patterns: dict[str, _Pattern] = {}
    if flavour.lenient:
        patterns = {text: found for text in mounted if (found := _find_pattern(text)) is not None}
        mounted = {text: setting for text, setting in mounted.items() if text in patterns}
    proxies = {
        text: _parse_proxy(setting.value) for text, setting in mounted.items() if setting.variable != listed
    }
    mounts = Mounts(any_label=flavour.lenient)
    for text, setting in mounted.items():
        url, network = patterns.get(text) or (parse_httpx_url(text), None)
        proxy = proxies.get(text)
        mounts.add(url, Mount(setting, proxy), network)
        if proxy is not None and proxy.scheme in _SOCKS:
            raise ClientRefusedError("builtins.ImportError", _WITHOUT_SOCKS)
    return mounts


def _find_pattern(text: str) -> _Pattern | None:
    """A pattern of httpx2, which drops what it cannot parse; other errors remain."""
    try:
        url = parse_httpx_url(text)
        url.decode_host(any_label=True)
        return url, find_network(text, url)
    except ClientRefusedError as error:
        if error.name == "InvalidURL":
            return None
        raise


def _parse_proxy(text: str) -> ProxyURL:
    url = parse_httpx_url(text if "://" in text else f"http://{text}")
    if url.scheme not in (*_SCHEMES, *_SOCKS):
        raise ClientRefusedError("builtins.ValueError", f"Unknown scheme for proxy URL {url!r}")
    username, password = url.credentials or (None, None)
    port = url.port if url.port is not None else _PORTS.get(url.scheme, 1080)
    return ProxyURL(url.scheme, url.host, port, username, password)


def _read_url(url: str, flavour: _Flavour) -> HttpxURL | Route:
    """The URL that is asked for, or the error for one that is fetched by no route."""
    try:
        parsed = parse_httpx_url(url)
        parsed.decode_host(any_label=flavour.lenient)
    except ClientRefusedError as error:
        return flavour.refuse(error, {})
    if parsed.scheme in _SCHEMES and parsed.host:
        return parsed
    text = f"Request URL has an unsupported protocol '{parsed.scheme}://'."
    if not parsed.scheme or not parsed.host:
        text = "Request URL is missing an 'http://' or 'https://' protocol."
    return failure(f"{flavour.package}.UnsupportedProtocol", text)


def _route(mounts: Mounts, url: HttpxURL, flavour: _Flavour) -> Route:
    mount = mounts.find(url)
    if mount is None:
        return no_variable(url.scheme)
    if mount.proxy is None:
        return Route.bypassed(mount.setting.value, mount.setting.variable)
    return through(f"{flavour.package}.ConnectError", mount.proxy, mount.setting.variable)


_HTTPX: Final = _Flavour("httpx", _httpx_pattern, lenient=False)
_HTTPX2: Final = _Flavour("httpx2", _httpx2_pattern, lenient=True)


def _prepare_httpx(environment: Mapping[str, str]) -> Router:
    return _prepare(environment, _HTTPX)


def _prepare_httpx2(environment: Mapping[str, str]) -> Router:
    return _prepare(environment, _HTTPX2)


HTTPX: Final = Dialect(
    name="httpx",
    verified=("0.28.1",),
    source="httpx 0.28: `_utils.get_environment_proxies`, `URLPattern`, `_urlparse.urlparse`",
    prepare=_prepare_httpx,
)
HTTPX2: Final = Dialect(
    name="httpx2",
    verified=("2.16.2",),
    source="httpx2 2.16: `_utils.get_environment_proxies`, `URLPattern`, `_urlparse.urlparse`",
    prepare=_prepare_httpx2,
)
