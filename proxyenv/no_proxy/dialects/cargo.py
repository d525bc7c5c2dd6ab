"""cargo: its own libcurl, and a variable of its own.

After ``http_proxy`` in ``src/cargo/util/network/http.rs``: `CARGO_HTTP_PROXY` names the proxy for every
URL, then libcurl's variables count. URLs have been through the URL standard's parser before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.libcurl import CURL_8_15, CurlNoProxy, find_variable, read_proxy
from proxyenv.no_proxy.dialects.proxy_texts import first_filled, no_variable
from proxyenv.no_proxy.dialects.web_url import find_web_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router

_OWN: str = "CARGO_HTTP_PROXY"


def prepare_cargo(environment: Mapping[str, str]) -> Router:
    """The reading of cargo."""
    listed = first_filled(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
    no_proxy = CurlNoProxy.read(listed[1], CURL_8_15)

    def route(url: str) -> Route:
        target = find_web_url(url)
        if target is None:
            return Route.error("invalid url")
        own = environment.get(_OWN)
        named = find_variable(environment, target.scheme) if own is None else (_OWN, own)
        if named is None:
            return no_variable(target.scheme)
        if not named[1]:
            return Route.direct(f"`{_OWN}` is empty")
        entry = no_proxy.find(target.bare_host)
        return Route.bypassed(entry, listed[0]) if entry is not None else read_proxy(*named, CURL_8_15)

    return route
