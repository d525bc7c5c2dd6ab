"""Findings and a request become a target. Every decision is taken here, once, and purely.

Rank, for each question: what the user said, then the saved configuration of an earlier run, then what
was found. Two finds of equal rank that differ are an :class:`~proxyenv.errors.AmbiguityError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.decide.activation import activation_notes, choose_activation, choose_venvs
from proxyenv.decide.prefect import choose_api, choose_profile, shadow_notes
from proxyenv.decide.proxies import choose_proxies, credential_notes
from proxyenv.decide.routes import choose_routes, is_derived, is_on
from proxyenv.decide.shells import choose_rc_files, choose_shells
from proxyenv.decide.tools import choose_tools, configure_tools, make_wanted
from proxyenv.decide.trust import (
    choose_anchors,
    choose_base,
    choose_fingerprints,
    choose_roots,
)
from proxyenv.decide.truststore import find_hooks, truststore_notes
from proxyenv.decide.variables import make_variables
from proxyenv.errors import DiscoveryError
from proxyenv.model.configuration import Configuration
from proxyenv.model.target import Target
from proxyenv.model.url import parse_url

if TYPE_CHECKING:
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.request import Request

__all__ = ["decide_target"]


def decide_target(host: Host, findings: Findings, request: Request) -> Target:
    """Decide how the machine should be.

    Raises:
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``nothing-found``.
        TrustError: a saved CA is refused, or no CA has a fingerprint that was asked for.
        UsageError: an option has a value that cannot be used.
    """
    saved = findings.installation.configuration or Configuration()
    proxies, proxy_notes = choose_proxies(findings, request, saved)
    anchors, trust_notes = choose_anchors(findings, request, saved)
    if not proxies.any and not anchors:
        raise DiscoveryError(
            "nothing-found",
            "no proxy and no corporate CA was given, and neither was found in the environment",
            hint="name them: `proxyenv setup --proxy http://HOST:PORT --ca FILE`",
        )
    urls = tuple(_checked(url) for url in request.urls) or saved.urls
    api = choose_api(host, findings, request, saved)
    routes = choose_routes(findings, request, saved, api_url=api.url, urls=urls)
    configuration = Configuration(
        http_proxy=proxies.http.reveal() if proxies.http else None,
        https_proxy=proxies.https.reveal() if proxies.https else None,
        no_proxy=routes.lists or None,
        no_proxy_patterns=routes.patterns,
        derive=is_derived(request, saved),
        derived=routes.derived,
        ca=_choose_sources(host, findings, request, saved),
        fingerprints=choose_fingerprints(request, saved),
        base=request.base or saved.base,
        trust=request.trust or saved.trust,
        venvs=choose_venvs(host, request, saved),
        profile=api.profile,
        activate=is_on(request.activate, saved.activate),
        activation=choose_activation(request, saved),
        api_url=api.given,
        shells=choose_shells(request, saved),
        rc=bool(request.shells) or is_on(request.rc, saved.rc),
        configure=choose_tools(request, saved),
        urls=urls,
    )
    tools = configure_tools(
        host,
        findings,
        configuration.configure,
        make_wanted(host, findings, proxies, routes, has_anchors=bool(anchors)),
    )
    profile = choose_profile(
        host,
        findings,
        configuration,
        api.url,
        has_bundle=bool(anchors) and not configuration.uses_truststore,
    )
    roots = choose_roots(findings, choose_base(request, saved))
    return Target(
        http_proxy=proxies.http,
        https_proxy=proxies.https,
        no_proxy=routes.written,
        anchors=anchors,
        public_roots=roots.certificates,
        roots_title=roots.title,
        certifi_version=roots.certifi,
        system_digest=roots.system,
        variables=(
            *make_variables(
                host, proxies, routes, has_anchors=bool(anchors), truststore=configuration.uses_truststore
            ),
            *tools.variables,
        ),
        profile=profile,
        rc_files=choose_rc_files(host, findings, configuration),
        configuration=configuration,
        hooks=find_hooks(findings, configuration),
        tools=tools.files,
        notes=(
            *_host_notes(host),
            *proxy_notes,
            *trust_notes,
            *truststore_notes(findings, configuration, anchors),
            *routes.notes,
            *credential_notes(proxies),
            *shadow_notes(findings, profile),
            *activation_notes(host.layout, configuration),
            *tools.notes,
        ),
    )


def _choose_sources(
    host: Host, findings: Findings, request: Request, saved: Configuration
) -> tuple[str, ...]:
    """What ``refresh`` reads the CAs from; nothing stands for the copy that is made of them now."""
    if not (request.ca or request.confirmed):
        return saved.ca
    if not findings.given_lasts:
        return ()
    return tuple(dict.fromkeys(str(host.absolute(path)) for path in request.ca))


def _checked(url: str) -> str:
    parse_url(url, code="url-invalid", source="`--url`", hint="it looks like `https://host.example/uuid`")
    return url


def _host_notes(host: Host) -> list[str]:
    if host.sudo_user is None:
        return []
    return [f"this runs as another user than `{host.sudo_user}`, who called sudo; it sets up {host.home}"]
