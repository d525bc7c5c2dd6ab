"""botocore, and with it boto3 and the AWS command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import Dialect, Router, failure, no_variable, through
from proxyenv.no_proxy.dialects.python_urllib import read_bypass, read_proxies
from proxyenv.no_proxy.dialects.urllib3 import LocationError, parse_urllib3_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_PORTS: Final = {"http": 80, "https": 443}
_RAISED: Final = "botocore.exceptions.HTTPClientError"
_UNHANDLED: Final = "An HTTP Client raised an unhandled exception:"


def _prepare(environment: Mapping[str, str]) -> Router:
    settings = read_proxies(environment)
    bypass = read_bypass(settings)
    secrets = [setting.value for key, setting in settings.items() if key != "no"]

    def route(url: str) -> Route:
        try:
            parts = urlsplit(url)
            entry = bypass.find(parts.netloc)
        except ValueError as error:
            return failure("builtins.ValueError", str(error))
        if entry is not None:
            return Route.bypassed(entry, bypass.variable)
        setting = settings.get(parts.scheme)
        if setting is None or parts.scheme not in _PORTS:
            return no_variable(parts.scheme)
        try:
            proxy = _parse_proxy(setting.value, parts)
        except (LocationError, ValueError) as error:
            return failure(_RAISED, f"{_UNHANDLED} {error}", *secrets)
        return through("botocore.exceptions.ProxyConnectionError", proxy, setting.variable)

    return route


def _parse_proxy(value: str, url: SplitResult) -> ProxyURL:
    """A proxy variable as botocore understands it.

    Args:
        value: the variable; only a lower-case `http:` or `https:` counts as a scheme.
        url: what is asked for; where the proxy has no host, an https origin is itself asked to CONNECT.

    Raises:
        LocationError: urllib3 cannot parse it.
        ValueError: something else fails.
    """
    text = (
        value if value.startswith(("http:", "https:")) else f"http:{'' if value[:2] == '//' else '//'}{value}"
    )
    written = urlsplit(text)
    username, password = written.username, written.password
    login = (unquote(username), unquote(password)) if username and password else None
    if login:
        f"{login[0]}:{login[1]}".encode("ascii")
    parsed = parse_urllib3_url(text)
    if not parsed.host:
        if url.scheme == "http":
            raise ValueError("No host specified.")
        itself = url.hostname or ""
        itself = f"[{itself}]" if ":" in itself else itself  # which the resolver does not know
        return ProxyURL("http", itself, url.port or 443, *(login or (None, None)))
    kind = parsed.scheme or "http"
    host = parsed.host[1:-1] if parsed.host.startswith("[") else parsed.host
    port = parsed.port if parsed.port is not None else _PORTS[kind]
    return ProxyURL(kind, host, port, *(login or (None, None)))


BOTOCORE: Final = Dialect(
    name="botocore",
    verified=("1.44.5",),
    source="botocore 1.44: `utils.get_environ_proxies`, `httpsession.ProxyConfiguration`",
    prepare=_prepare,
)
