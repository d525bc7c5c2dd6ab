"""What holds in another place: nothing that is true only of this machine gets there.

A path becomes the path there; a proxy on loopback, or a password where others read it, is refused; what goes
direct only from here (this machine's own name, its hosts file, its cluster) is left out.
"""

from __future__ import annotations

from pathlib import PurePosixPath
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.catalog.tools import configurable
from proxyenv.catalog.tools.tool import Wanted
from proxyenv.decide.direct_routes import choose_routes
from proxyenv.decide.prefect import choose_api
from proxyenv.decide.proxies import Proxies, choose_proxies
from proxyenv.decide.trust import choose_anchors, choose_roots
from proxyenv.decide.variables import make_variables
from proxyenv.errors import DiscoveryError, PlanError
from proxyenv.model.findings import Surroundings
from proxyenv.model.place import EVERYWHERE, HAND_ON, IMAGE, PlaceLayout, PlaceTarget, api_variables
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.tools import ToolFindings
from proxyenv.model.url import is_loopback
from proxyenv.no_proxy.derivation import LOOPBACK
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.direct_routes import DirectRoutes
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.no_proxy import Rule
    from proxyenv.model.place import Place
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.target import Variable

_PLATFORM: Final = "linux"


def decide_place(  # noqa: PLR0913 - what every decision takes, and what is only there
    place: Place,
    layout: PlaceLayout,
    host: Host,
    findings: Findings,
    intent: Intent,
    *,
    direct: tuple[Rule, ...] = (),
) -> PlaceTarget:
    """Decide how another place should be.

    Args:
        place: which it is.
        layout: where the files lie there.
        host: this machine.
        findings: as they were read here.
        intent: what is wanted.
        direct: what is direct only there.

    Raises:
        PlanError: ``loopback-elsewhere`` or ``password-refused``.
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``nothing-found``.
        TrustError: a saved CA is refused, or no CA has a fingerprint that was asked for.
        UsageError: an option has a value that cannot be used.
    """
    proxies, notes = _choose_proxies(place, intent, findings)
    anchors, trust_notes = choose_anchors(findings, intent)
    if not proxies.any and not anchors:
        raise DiscoveryError(
            "nothing-found",
            f"there is no proxy and no corporate CA for {place.title}",
            hint="name them: `--proxy http://HOST:PORT --ca FILE`",
        )
    api = choose_api(host, findings, intent).url
    reached = _find_api(place, api)
    routes = _choose_routes(place, findings, intent, reached, direct)
    roots = choose_roots(findings, intent)
    own = _tool_variables(intent, layout, proxies, routes, has_anchors=bool(anchors))
    settings = {"PREFECT_API_URL": reached} if reached else {}
    if anchors:
        settings["PREFECT_API_SSL_CERT_FILE"] = str(layout.bundle)
    return PlaceTarget(
        place,
        layout,
        http_proxy=proxies.http,
        https_proxy=proxies.https,
        no_proxy=routes.written if proxies.any else (),
        anchors=anchors,
        public_roots=roots.certificates,
        roots_title=roots.title,
        variables=_choose_variables(intent, layout, proxies, routes, has_anchors=bool(anchors)),
        settings=MappingProxyType(settings),
        notes=(
            *notes,
            *((intent.password_note,) if intent.password_note else ()),
            *trust_notes,
            *_api_notes(place, api if reached is None else None),
            *_tool_notes(place, intent, frozenset(name for name, _ in own)),
        ),
    )


def _find_api(place: Place, api: str | None) -> str | None:
    """The Prefect API where a place reaches it by that URL; ``None``: there is none, or it does not."""
    if api is None or place.own_loopback or not is_loopback(urlsplit(api).hostname or ""):
        return api
    return None


def _choose_routes(
    place: Place, findings: Findings, intent: Intent, api: str | None, direct: tuple[Rule, ...] = ()
) -> DirectRoutes:
    """What goes direct in another place, without what does only from this machine.

    Args:
        place: which it is.
        findings: as they were read here.
        intent: what is wanted.
        api: the Prefect API, if the place reaches it.
        direct: what is direct only there.

    Raises:
        PlanError: ``no-proxy-too-long``.
        UsageError: ``no-proxy-invalid``, for an entry of ``--no-proxy``.
    """
    cluster = "" if place.in_cluster else None
    return choose_routes(
        findings._replace(surroundings=Surroundings(cluster_address=cluster)),
        intent,
        api_url=api,
        urls=intent.urls,
        always=(*LOOPBACK, *direct),
        explained=False,
    )


class ContainerSettings(NamedTuple):
    """What the containers get that are started here.

    Args:
        proxies: as they are reached from there; those of this machine where that is refused.
        routes: what goes direct there.
        variables: what ``env.list`` says, for files at their usual place in an image; ``None`` where a
            container cannot have these proxies.
        refusal: why it cannot, or ``None``.
    """

    proxies: Proxies
    routes: DirectRoutes
    variables: tuple[Variable, ...] | None = None
    refusal: PlanError | None = None


def choose_for_containers(
    findings: Findings, intent: Intent, api: str | None, *, has_anchors: bool
) -> ContainerSettings:
    """What ``setup`` writes for the containers of this machine.

    Raises:
        PlanError: ``no-proxy-too-long``.
        AmbiguityError: two finds of equal rank differ.
        UsageError: ``proxy-url-invalid`` or ``no-proxy-invalid``.
    """
    reached = _find_api(IMAGE, api)
    routes = _choose_routes(IMAGE, findings, intent, reached)
    try:
        proxies = _choose_proxies(IMAGE, intent, findings)[0]
    except PlanError as error:
        return ContainerSettings(choose_proxies(intent, findings.sources)[0], routes, refusal=error)
    layout = PlaceLayout(PurePosixPath(EVERYWHERE))
    variables = _choose_variables(intent, layout, proxies, routes, has_anchors=has_anchors)
    return ContainerSettings(proxies, routes, (*variables, *api_variables(reached)))


def _choose_proxies(place: Place, intent: Intent, findings: Findings) -> tuple[Proxies, tuple[str, ...]]:
    """The proxies as another place reaches them: those of ``--proxy-there``, or those of this machine.

    Raises:
        PlanError: ``loopback-elsewhere`` or ``password-refused``.
        AmbiguityError: two finds of equal rank differ.
        UsageError: ``proxy-url-invalid``.
    """
    if intent.proxy_there is not None:
        proxy = parse_proxy_url(intent.proxy_there, source=intent.where("proxy_there"))
        proxies = Proxies(proxy, proxy)
        notes: tuple[str, ...] = ()
    else:
        proxies, notes = choose_proxies(intent, findings.sources)
    for each in dict.fromkeys(proxies):
        if each is not None:
            _require_usable(each, place)
    return proxies, notes


def _require_usable(proxy: ProxyURL, place: Place) -> None:
    """Refuse a proxy that a place cannot use or must not know.

    Raises:
        PlanError: ``loopback-elsewhere``: it is on this machine's loopback, and the place has another one.
            ``password-refused``: others read what is written for the place.
    """
    if is_loopback(proxy.host) and not place.own_loopback:
        raise PlanError(
            "loopback-elsewhere",
            f"the proxy `{proxy}` is on loopback, which in {place.title} is another one",
            hint=f"say how it is reached from there: `--proxy-there http://HOST:{proxy.port}`",
        )
    if proxy.sensitive and not place.holds_secrets:
        raise PlanError(
            "password-refused",
            f"the proxy `{proxy}` has a password, and {place.readers} could read it",
            hint=_say_without(proxy, place),
        )


def _say_without(proxy: ProxyURL, place: Place) -> str:
    """How a place gets along without a password in what others read."""
    if place.name != IMAGE.name:
        return "name a proxy that adds the credentials itself: `--proxy-there http://HOST:PORT`"
    return (
        "for the build alone `proxyenv image write proxyenv-build --build-only`, which keeps it out of every "
        f"file; for containers leave it out by `--proxy-there {proxy.scheme}://{proxy.authority}`, and hand "
        f"it to each when it starts: `{HAND_ON}`"
    )


def _choose_variables(
    intent: Intent, layout: PlaceLayout, proxies: Proxies, routes: DirectRoutes, *, has_anchors: bool
) -> tuple[Variable, ...]:
    return (
        *make_variables(layout, proxies, routes, has_anchors=has_anchors),
        *(each for _, each in _tool_variables(intent, layout, proxies, routes, has_anchors=has_anchors)),
    )


def _tool_variables(
    intent: Intent, layout: PlaceLayout, proxies: Proxies, routes: DirectRoutes, *, has_anchors: bool
) -> Iterator[tuple[str, Variable]]:
    """The variables of tools that are configured by variables alone, such as Java, with their names."""
    wanted = Wanted(
        http=proxies.http,
        https=proxies.https,
        no_proxy=routes.written,
        java=routes.java,
        has_anchors=has_anchors,
        layout=layout,
        platform=_PLATFORM,
        environment=MappingProxyType({}),
        found=ToolFindings(),
    )
    tools = configurable()
    for name in intent.configure:
        tool = tools.get(name)
        if tool is not None and tool.configure is not None and not tool.files:
            yield from ((name, each) for each in tool.configure(wanted).variables)


def _tool_notes(place: Place, intent: Intent, told: frozenset[str]) -> Iterator[str]:
    """What ``--configure`` names and no variable of its own brings there."""
    left = [f"`{name}`" for name in intent.configure if name in configurable() and name not in told]
    if left:
        yield (
            f"what is configured here in files of its own gets no file in {place.title}, and there only what "
            f"variables tell it: {', '.join(left)}"
        )


def _api_notes(place: Place, api: str | None) -> Iterator[str]:
    if api is not None:
        yield (
            f"the Prefect API `{api}` is on loopback, which in {place.title} is another one: it is left out, "
            "and `--api-url URL` names the one that is meant there"
        )
