"""urllib3 by itself, whose `PoolManager` reads no variable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import Dialect, Router
from proxyenv.no_proxy.dialects.failure import failure
from proxyenv.no_proxy.dialects.urllib3_url import LocationError, parse_urllib3_url

if TYPE_CHECKING:
    from collections.abc import Mapping

_DIRECT: Final = Route.direct("urllib3 reads no proxy variable; a `ProxyManager` has to be asked for")


def _prepare(environment: Mapping[str, str]) -> Router:
    del environment
    return _route


def _route(url: str) -> Route:
    try:
        scheme = parse_urllib3_url(url).scheme
    except LocationError as error:
        return failure("urllib3.exceptions.LocationParseError", str(error))
    if scheme in {"http", "https"}:
        return _DIRECT
    return failure("urllib3.exceptions.URLSchemeUnknown", f"Not supported URL scheme {scheme}")


URLLIB3: Final = Dialect(
    name="urllib3",
    verified=("2.8.0",),
    source="urllib3 2.8: `poolmanager.PoolManager`",
    prepare=_prepare,
)
