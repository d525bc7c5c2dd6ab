"""Node's ``http`` and ``https`` modules, where `NODE_USE_ENV_PROXY` is `1`.

After ``parseProxyConfigFromEnv`` and ``ProxyConfig`` in ``lib/internal/http.js`` of Node 24 and 26. An empty
variable is none. A proxy URL that does not begin with `http://` or `https://`, in lower case, is
forgotten. ``fetch`` is set up before these modules, so what ends Node there ends it here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from proxyenv.model.route import Route
from proxyenv.no_proxy.dialects.dialect import SCRIPT_SPACE, first_filled, no_variable
from proxyenv.no_proxy.dialects.hosts import find_ipv4
from proxyenv.no_proxy.dialects.listed import Listed, first_of, tails_of
from proxyenv.no_proxy.dialects.undici import (
    Undici,
    find_refusal,
    find_start_failure,
    read_module_proxy,
    read_proxies,
)
from proxyenv.no_proxy.dialects.web_url import find_web_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.no_proxy.dialects.dialect import Router


@dataclass(slots=True)
class _NodeNoProxy:
    """A list: names and `name:port`, apexes of `.x`, ends of names, and ranges of addresses."""

    everything: Listed | None = None
    exact: dict[str, Listed] = field(default_factory=dict)
    apexes: dict[str, Listed] = field(default_factory=dict)
    ends: dict[str, Listed] = field(default_factory=dict)
    ranges: list[tuple[int, int, Listed]] = field(default_factory=list)

    @classmethod
    def read(cls, text: str) -> _NodeNoProxy:
        read = cls()
        for place, part in enumerate(text.split(",")):
            entry = Listed(place, part.strip(SCRIPT_SPACE))
            if entry.text:
                read._add(entry.text.lower(), entry)
        return read

    def _add(self, text: str, entry: Listed) -> None:
        if text == "*":
            self.everything = self.everything or entry
            return
        self.exact.setdefault(text, entry)
        if text.startswith("."):
            self.apexes.setdefault(text[1:], entry)
            self.ends.setdefault(text, entry)
        elif text.startswith("*."):
            self.ends.setdefault(text[1:], entry)
        first, dash, rest = text.partition("-")
        low, high = (
            find_ipv4(first.strip(SCRIPT_SPACE)),
            find_ipv4(rest.partition("-")[0].strip(SCRIPT_SPACE)),
        )
        if dash and low is not None and high is not None:
            self.ranges.append((low, high, entry))

    def find(self, host: str, port: int) -> Listed | None:
        """The entry that covers a host without brackets."""
        address = find_ipv4(host) if self.ranges else None
        return first_of(
            self.everything,
            self.exact.get(host),
            self.apexes.get(host),
            self.exact.get(f"{host}:{port}"),
            *(self.ends.get(tail) for tail in (tails_of(host) if self.ends else ())),
            *(entry for low, high, entry in self.ranges if address is not None and low <= address <= high),
        )


def prepare_node_https(environment: Mapping[str, str]) -> Router:
    """The modules' reading."""
    off = find_refusal(environment)
    if off is not None:
        return lambda _url: off
    listed = first_filled(environment, "no_proxy", "NO_PROXY") or ("no_proxy", "")
    variable, no_proxy = listed[0], _NodeNoProxy.read(listed[1])
    started = read_proxies(environment, Undici.NODE_26)
    if isinstance(started, Route):
        return lambda _url: started
    https_failure = find_start_failure(environment, "https")

    def route(url: str) -> Route:
        target = find_web_url(url)
        if target is None:
            return Route.error("TypeError: Invalid URL")
        if https_failure is not None and target.scheme == "https":
            return https_failure
        named = first_filled(environment, f"{target.scheme}_proxy", f"{target.scheme.upper()}_PROXY")
        if named is None:
            return no_variable(target.scheme)
        decided = read_module_proxy(*named)
        entry = no_proxy.find(target.bare_host, target.effective_port)
        return Route.bypassed(entry.text, variable) if entry and decided.proxy else decided

    return route
