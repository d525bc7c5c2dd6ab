"""What a process must find, by what was decided: the configuration and the receipt, not the env files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.decide.direct_routes import DirectRoutes, read_direct
from proxyenv.decide.proxies import Proxies
from proxyenv.decide.variables import make_variables
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.no_proxy.compiler import compile_no_proxy
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.target import Variable


_PROFILE: Final = "PREFECT_PROFILE"


class Expectation(NamedTuple):
    """What every process must have.

    Args:
        http_proxy: for ``http://`` URLs, or ``None`` for direct.
        https_proxy: for ``https://`` URLs, or ``None`` for direct.
        no_proxy: the entries that go direct.
        variables: what the env files set and unset, without the variables of single tools.
    """

    http_proxy: ProxyURL | None
    https_proxy: ProxyURL | None
    no_proxy: tuple[str, ...]
    variables: tuple[Variable, ...]

    @property
    def values(self) -> dict[str, str]:
        """Name → value of what the env files set."""
        return {each.name: each.value for each in self.variables if each.value is not None}


def expect(host: Host, configuration: Configuration, receipt: Receipt) -> Expectation:
    """What was decided, worked out again.

    Args:
        host: the machine; only where its files lie.
        configuration: what was decided.
        receipt: which CAs were written.

    Raises:
        DiscoveryError: ``configuration-invalid``: a proxy in ``proxyenv.toml`` is no URL.
    """
    source = f"`{host.layout.configuration}`"
    proxies = Proxies(
        _parse(configuration.http_proxy, f"`proxy.http` in {source}"),
        _parse(configuration.https_proxy, f"`proxy.https` in {source}"),
    )
    compiled = compile_no_proxy(read_direct(configuration, source=source))
    routes = DirectRoutes((), (), (), compiled.entries, compiled.own, compiled.java, ())
    variables = make_variables(
        host.layout,
        proxies,
        routes,
        has_anchors=bool(receipt.anchors),
        truststore=configuration.uses_truststore,
    )
    return Expectation(proxies.http, proxies.https, compiled.entries if proxies.any else (), variables)


def name_profile(
    configuration: Configuration, receipt: Receipt, environment: Mapping[str, str]
) -> dict[str, str]:
    """*environment*, with the profile's name where it was not made active and no other profile is chosen."""
    if configuration.activate is False and receipt.profile:
        return {_PROFILE: receipt.profile, **environment}
    return dict(environment)


def _parse(text: str | None, source: str) -> ProxyURL | None:
    if text is None:
        return None
    try:
        return parse_proxy_url(text, source=source)
    except UsageError as error:
        hint = "correct it there, or give `--proxy URL` to `proxyenv setup`"
        code = "password-masked" if error.code == "password-masked" else "configuration-invalid"
        raise DiscoveryError(code, error.message, hint=hint) from error
