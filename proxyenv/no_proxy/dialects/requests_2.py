"""requests, and pip, which carries a copy of it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit, urlunparse

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
from proxyenv.no_proxy.dialects.hosts import find_loose_ipv4
from proxyenv.no_proxy.dialects.listed import Listed, NetworkIndex, SuffixIndex, first_of, index_suffixes
from proxyenv.no_proxy.dialects.python_urllib import ProxyVariable, UrllibNoProxy, read_bypass, read_proxies
from proxyenv.no_proxy.dialects.urllib3 import LocationError, Urllib3URL, parse_urllib3_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final = {"http": 80, "https": 443}
_TRUE: Final = frozenset({"y", "yes", "t", "true", "on", "1"})
_IPV4: Final = 4
_LONGEST_PREFIX: Final = 32


@dataclass(frozen=True, slots=True)
class _PreparedURL:
    """A URL as requests prepares it: scheme, host without brackets, port unless there is none."""

    scheme: str
    host: str
    port: int | None


@dataclass(frozen=True, slots=True)
class _RequestsNoProxy:
    """NO_PROXY, read twice: by requests' own rule and then by the standard library's.

    Args:
        variable: of the first reading, whose list is the other spelling's when the first is empty.
        names: for hosts that are names.
        addresses: for IPv4 hosts, by their text.
        networks: for IPv4 hosts.
        poison: the first entry that makes requests raise when it meets an IPv4 host, and the message.
        standard: the second reading.
    """

    variable: str
    names: SuffixIndex
    addresses: Mapping[str, Listed]
    networks: NetworkIndex
    poison: tuple[Listed, str] | None
    standard: UrllibNoProxy

    def find(self, target: _PreparedURL) -> tuple[str, str] | None:
        """The entry that exempts a URL, and its variable."""
        address = find_loose_ipv4(target.host)
        if address is None:
            located = f"{target.host}:{target.port}" if target.port else target.host
            found = self.names.find(target.host, located)
        else:
            found = first_of(self.addresses.get(target.host), self.networks.find(_IPV4, address))
            if self.poison and (found is None or self.poison[0].place < found.place):
                raise ClientRefusedError("builtins.UnicodeEncodeError", self.poison[1])
        if found is not None:
            return found.text, self.variable
        entry = self.standard.find(target.host)
        return None if entry is None else (entry, self.standard.variable)


def _read_bypass(environment: Mapping[str, str], settings: Mapping[str, ProxyVariable]) -> _RequestsNoProxy:
    variable = "no_proxy" if environment.get("no_proxy") else "NO_PROXY"
    entries = [entry for entry in environment.get(variable, "").replace(" ", "").split(",") if entry]
    addresses: dict[str, Listed] = {}
    networks = NetworkIndex()
    poison: tuple[Listed, str] | None = None
    for place, entry in enumerate(entries):
        listed = Listed(place, entry)
        try:
            network = _find_network(entry)
        except UnicodeEncodeError as error:
            poison = poison or (listed, str(error))
            continue
        if network is None:
            addresses.setdefault(entry, listed)
        else:
            networks.add(_IPV4, *network, listed)
    names = index_suffixes((entry.lstrip("."), entry) for entry in entries)
    return _RequestsNoProxy(variable, names, addresses, networks, poison, read_bypass(settings))


def _find_network(entry: str) -> tuple[int, int] | None:
    """Address and length of a prefix; Python reads the length, C the address."""
    address, slash, text = entry.partition("/")
    if not slash or "/" in text:
        return None
    try:
        length = int(text)
    except ValueError:
        return None
    if not 1 <= length <= _LONGEST_PREFIX:
        return None
    address.encode()
    number = find_loose_ipv4(address.rstrip("\t\n\v\f\r"))
    return None if number is None else (number, length)


def _prepare(environment: Mapping[str, str], module: str, variable: str | None = None) -> Router:
    settings = read_proxies(environment)
    if variable is not None:
        settings = {key: replace(setting, variable=variable) for key, setting in settings.items()}
    bypass = _read_bypass(environment, settings)
    secrets = [setting.value for key, setting in settings.items() if key != "no"]

    def route(url: str) -> Route:
        try:
            return _route(url, settings, bypass)
        except ClientRefusedError as error:
            name, text = error.args
            return failure(name if "." in name else f"{module}.exceptions.{name}", text, *secrets)

    return route


def _route(url: str, settings: Mapping[str, ProxyVariable], bypass: _RequestsNoProxy) -> Route:
    target = _prepare_url(url)
    exempt = bypass.find(target)
    if exempt is not None:
        return Route.bypassed(*exempt)
    keys = (f"{target.scheme}://{target.host}", target.scheme, f"all://{target.host}", "all")
    setting = next((settings[key] for key in keys if key in settings), None)
    if setting is None:
        return no_variable(target.scheme)
    return through("requests.exceptions.ProxyError", parse_proxy(setting.value), setting.variable)


def _prepare_url(url: str) -> _PreparedURL:
    try:
        parsed = parse_urllib3_url(url.lstrip())
    except LocationError as error:
        raise ClientRefusedError("InvalidURL", str(error)) from None
    if parsed.scheme not in _PORTS:
        raise ClientRefusedError("InvalidSchema", f"No connection adapters were found for {url!r}")
    host = parsed.host or ""
    if not host:
        raise ClientRefusedError("InvalidURL", f"Invalid URL {url!r}: No host supplied")
    if host.startswith(("*", ".")):
        raise ClientRefusedError("InvalidURL", "URL has an invalid label.")
    bare = host[1:-1] if host.startswith("[") else host
    return _PreparedURL(parsed.scheme, bare.lower(), parsed.port)


def parse_proxy(value: str) -> ProxyURL:
    """A proxy variable as requests understands it.

    Raises:
        ClientRefusedError: requests raises.
    """
    try:
        text = _with_scheme(parse_urllib3_url(value))
        parsed = parse_urllib3_url(text)
    except LocationError as error:
        raise ClientRefusedError("InvalidURL", str(error)) from None
    if not parsed.host:
        message = "Please check proxy URL. It is malformed and could be missing the host."
        raise ClientRefusedError("InvalidProxyURL", message)
    if text.lower().startswith("socks"):
        raise ClientRefusedError("InvalidSchema", "Missing dependencies for SOCKS support.")
    username, password = _find_login(text) or (None, None)
    if parsed.scheme not in _PORTS:
        raise ClientRefusedError("InvalidURL", _unknown_scheme(parsed.scheme))
    _find_login(value)  # it parses the variable once more, as it stands
    host = parsed.host[1:-1] if parsed.host.startswith("[") else parsed.host
    port = parsed.port if parsed.port is not None else _PORTS[parsed.scheme]
    return ProxyURL(parsed.scheme, host.lower(), port, username, password)


def _with_scheme(parsed: Urllib3URL) -> str:
    """The URL rewritten, with `http` where it has no scheme; without a host its path is taken for one."""
    netloc = parsed.host
    if parsed.host is not None and parsed.port:
        netloc = f"{parsed.host}:{parsed.port}"
    path = parsed.path
    if not netloc:
        netloc, path = path, netloc
    if parsed.auth:
        if netloc is None:
            message = "sequence item 1: expected str instance, NoneType found"
            raise ClientRefusedError("builtins.TypeError", message)
        netloc = f"{parsed.auth}@{netloc}"
    tail = ("", parsed.query or "", parsed.fragment or "")
    return str(urlunparse((parsed.scheme or "http", netloc or "", path or "", *tail)))


def _find_login(text: str) -> tuple[str, str] | None:
    """User name and password, where there are both and the first is not empty."""
    try:
        parts = urlsplit(text)
        username, password = parts.username, parts.password
    except ValueError as error:
        raise ClientRefusedError("builtins.ValueError", str(error)) from None
    if username is None or password is None:
        return None
    login = unquote(username), unquote(password)
    for word in login if login[0] else ():
        try:
            word.encode("latin-1")
        except UnicodeEncodeError as error:
            raise ClientRefusedError("builtins.UnicodeEncodeError", str(error)) from None
    return login if login[0] else None


def _unknown_scheme(scheme: str | None) -> str:
    if scheme in {None, "localhost"}:
        return "Proxy URL had no scheme, should start with http:// or https://"
    return f"Proxy URL had unsupported scheme {scheme}, should use http:// or https://"


def _prepare_requests(environment: Mapping[str, str]) -> Router:
    return _prepare(environment, "requests")


def _prepare_pip(environment: Mapping[str, str]) -> Router:
    """`PIP_PROXY` is the option `--proxy`: with it, pip reads no other variable, NO_PROXY included."""
    given_names = (name for name, value in environment.items() if name.startswith("PIP_") and value)
    options = {name[4:].lower(): name for name in given_names}
    module = "pip._vendor.requests"
    variable = options.get("proxy")
    if variable is not None:
        given = environment[variable]
        return _prepare({"http_proxy": given, "https_proxy": given}, module, variable)
    if environment.get(options.get("no_proxy_env", ""), "").lower() in _TRUE:
        return _prepare({}, module)
    return _prepare(environment, module)


REQUESTS: Final = Dialect(
    name="requests",
    verified=("2.34.2",),
    source="requests 2.34: `utils.should_bypass_proxies`, `select_proxy`; urllib3 2.8: `util.url.parse_url`",
    prepare=_prepare_requests,
)
PIP: Final = Dialect(
    name="pip",
    verified=("26.3",),
    source="pip 26.3, which carries requests 2.34 and urllib3 2.8",
    prepare=_prepare_pip,
)
