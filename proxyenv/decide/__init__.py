"""An intent and the findings become a target. Every decision is taken here, once, and purely.

What the intent leaves open is taken from the findings. Two finds of equal rank that differ are an
:class:`~proxyenv.errors.AmbiguityError`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from proxyenv.certificates.verdicts import list_versions
from proxyenv.decide.direct_routes import choose_routes
from proxyenv.decide.expectation import Expectation
from proxyenv.decide.places import choose_for_containers
from proxyenv.decide.prefect import choose_api, choose_profile, plugin_notes
from proxyenv.decide.proxies import choose_proxies, credential_notes
from proxyenv.decide.tools import choose_tools, configure_tools, make_wanted
from proxyenv.decide.trust import (
    choose_anchors,
    choose_fingerprints,
    choose_roots,
    choose_sources,
    find_hooks,
    judge_anchors,
    truststore_notes,
)
from proxyenv.decide.variables import choose_rc_files, choose_shells, make_variables
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.additions import choose_additions
from proxyenv.model.configuration import SETUP_OPTIONS, Configuration
from proxyenv.model.intent import Rank
from proxyenv.model.target import SharedTarget, Target
from proxyenv.model.url import parse_url

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.places import ContainerSettings
    from proxyenv.decide.prefect import Api
    from proxyenv.decide.proxies import Proxies
    from proxyenv.decide.timers import TimerTarget
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.target import ProfileTarget, Variable

__all__ = ["decide_target", "require_urls"]


def decide_target(host: Host, findings: Findings, intent: Intent) -> Target:
    """Decide how the machine should be.

    Raises:
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``nothing-found``.
        TrustError: a saved CA is refused, or no CA has a fingerprint that was asked for.
        UsageError: an option has a value that cannot be used.
    """
    _require_scope(host, intent)
    proxies, proxy_notes = choose_proxies(intent, findings.sources)
    anchors, trust_notes = choose_anchors(findings, intent)
    if not proxies.any and not anchors:
        raise _nothing_found(host, findings, intent)
    urls = require_urls(intent)
    api = choose_api(host, findings, intent)
    routes = choose_routes(findings, intent, api_url=api.url, urls=urls)
    configuration = make_configuration(
        intent,
        http_proxy=proxies.http.reveal() if proxies.http else None,
        https_proxy=proxies.https.reveal() if proxies.https else None,
        no_proxy=routes.lists,
        no_proxy_patterns=routes.patterns,
        derived=routes.derived,
        ca=choose_sources(host, findings, intent),
        fingerprints=choose_fingerprints(findings, intent, anchors),
        venvs=tuple(dict.fromkeys(str(host.absolute(venv)) for venv in intent.venvs)),
        profile=api.profile,
        api_url=api.given,
        proxy_password_file=intent.proxy_password_file and str(host.absolute(intent.proxy_password_file)),
        shells=choose_shells(intent),
        configure=choose_tools(intent),
        system=host.for_all or None,
        services=_choose_services(host, intent),
    )
    containers = choose_for_containers(findings, intent, api.url, has_anchors=bool(anchors))
    wanted = make_wanted(host, findings, proxies, routes, has_anchors=bool(anchors))
    there = make_wanted(host, findings, containers.proxies, containers.routes, has_anchors=bool(anchors))
    tools = configure_tools(
        host, findings, configuration.configure, wanted, there._replace(refusal=containers.refusal)
    )
    profile = choose_profile(
        host,
        findings,
        configuration,
        api.url,
        has_bundle=bool(anchors) and not configuration.uses_truststore,
    )
    roots = choose_roots(findings, intent)
    timer = _choose_timer(host, findings, intent)
    variables = make_variables(
        host.layout, proxies, routes, has_anchors=bool(anchors), truststore=configuration.uses_truststore
    )
    written = (*variables, *tools.variables)
    shared = _decide_shared(host, findings, intent, proxies, api, written=written)
    expected = Expectation(proxies.http, proxies.https, routes.written, variables)
    return Target(
        http_proxy=proxies.http,
        https_proxy=proxies.https,
        no_proxy=routes.written,
        anchors=anchors,
        public_roots=roots.certificates,
        roots_title=roots.title,
        certifi_version=roots.certifi,
        system_digest=roots.system,
        variables=(*written, *shared.variables),
        profile=profile._replace(private=not host.for_all),
        rc_files=choose_rc_files(host, findings, configuration),
        configuration=configuration,
        hooks=find_hooks(findings, intent),
        versions=findings.versions,
        verdicts=judge_anchors(anchors, list_versions(findings.versions, intent.target_pythons)),
        tools=tools.files,
        notes=(
            *_host_notes(host),
            *_policy_notes(intent),
            *proxy_notes,
            *intent.pac_notes,
            *_proposal_notes(findings, intent),
            *trust_notes,
            *truststore_notes(findings, intent, anchors),
            *routes.notes,
            *credential_notes(proxies),
            *((intent.password_note,) if intent.password_note else ()),
            *_override_notes(host, findings, configuration, profile, expected, has_anchors=bool(anchors)),
            *plugin_notes(host.layout, configuration),
            *tools.notes,
            *_container_notes(containers),
            *_job_notes(findings, profile),
            *shared.notes,
            *(timer.notes if timer else ()),
        ),
        container_variables=containers.variables,
        policy=intent.fleet,
        shared=shared.files,
        timer=timer.files if timer else (),
    )


def _nothing_found(host: Host, findings: Findings, intent: Intent) -> DiscoveryError:
    hint = "name them: `proxyenv setup --proxy http://HOST:PORT --ca FILE`"
    if host.for_all:
        message = "no proxy and no corporate CA was given; those of this shell are not taken for all users"
    else:
        from proxyenv.decide.named_pac import describe_pac
        from proxyenv.decide.proposals import find_proposals

        proposals = find_proposals(findings, intent)
        described = describe_pac(findings, intent)
        if any(proposals) and intent.from_tools is None:
            message = f"only files of tools name a proxy or a CA: {proposals}"
            hint = "to take it: `proxyenv setup --from-tools`"
        else:
            message = "no proxy and no corporate CA was given, and neither was found"
            hint = described[1] if described else hint
        if described:
            message = f"{message}; {described[0]}"
    return DiscoveryError("nothing-found", message, hint=hint)


def _require_scope(host: Host, intent: Intent) -> None:
    """Refuse what is for one user with ``--system``, and what is for services without.

    Raises:
        UsageError: ``usage``.
    """
    if host.for_all:
        from proxyenv.decide.for_all import require_for_all

        require_for_all(intent)
    elif intent.is_ordered("services"):
        raise UsageError(
            "usage",
            f"{intent.where('services')} is for a service of the system",
            hint="add `--system`, or set the user up who runs it",
        )


def _choose_services(host: Host, intent: Intent) -> tuple[str, ...]:
    if not host.for_all:
        return intent.services
    from proxyenv.decide.for_all import choose_services

    return choose_services(intent)


def _decide_shared(  # noqa: PLR0913 - what every decision takes
    host: Host,
    findings: Findings,
    intent: Intent,
    proxies: Proxies,
    api: Api,
    *,
    written: tuple[Variable, ...],
) -> SharedTarget:
    """What is written for all users beside the env files; nothing for one user."""
    if not host.for_all:
        return SharedTarget()
    from proxyenv.decide.for_all import decide_for_all

    return decide_for_all(host, findings, intent, proxies, api, written=written)


def make_configuration(intent: Intent, **decided: object) -> Configuration:
    """What is saved: the options as they are wanted, and what was decided about some of them."""
    names = (name for name, option in SETUP_OPTIONS.items() if option.key)
    wanted: dict[str, Any] = {name: getattr(intent, name) for name in names}
    return Configuration(**(wanted | decided))


def require_urls(intent: Intent) -> tuple[str, ...]:
    """What the check fetches.

    Raises:
        UsageError: ``url-invalid``: one that was given for this run is none.
    """
    for url in intent.urls if intent.is_ordered("urls") else ():
        parse_url(
            url,
            code="url-invalid",
            source=intent.where("urls"),
            hint="it looks like `https://host.example/uuid`",
        )
    return intent.urls


def _override_notes(  # noqa: PLR0913 - the case
    host: Host,
    findings: Findings,
    configuration: Configuration,
    profile: ProfileTarget,
    expected: Expectation,
    *,
    has_anchors: bool,
) -> Iterator[str]:
    """What will beat the profile in a process that gets what is written; most machines have nothing."""
    prefect, environment = findings.prefect, host.environment
    is_named = any(name.upper().startswith("PREFECT_") for name in environment)
    if not (is_named or prefect.shadows or prefect.unreadable):
        return
    from proxyenv.decide.overrides import Case
    from proxyenv.decide.prefect_overrides import judge_prefect

    if configuration.uses_shell:
        unset = {each.name for each in expected.variables if each.value is None}
        kept = {name: value for name, value in environment.items() if name not in unset}
        process = kept | expected.values
    else:
        process = {**choose_additions(expected.values, environment, lambda _: True).variables, **environment}
    case = Case(
        host._replace(environment=process),
        configuration,
        expected,
        has_anchors,
        profile.name,
        profile=profile.settings,
        profiles=str(profile.path),
        prefect=prefect,
        roots=findings.roots,
    )
    for each in judge_prefect(case, prefect):
        remedy = each.remedy if "`" in each.remedy else f"`{each.remedy}`"
        yield f"{each.provenance}: {each.detail}; {remedy}"


def _container_notes(containers: ContainerSettings) -> Iterator[str]:
    if containers.refusal is not None:
        yield f"`env.list`, for containers, is left out: {containers.refusal}; {containers.refusal.hint}"


def _job_notes(findings: Findings, profile: ProfileTarget) -> Iterator[str]:
    """What is wrong in the jobs of workers here; a machine whose pools were patched has been told."""
    receipt = findings.installation.receipt
    if findings.jobs is None or (receipt and receipt.pools):
        return
    from proxyenv.model.jobs import API_ROOTS, find_job_faults

    faults = find_job_faults(findings.jobs, profile.settings.get(API_ROOTS))
    yield from (f"{each.detail}; {each.hint}" for each in faults)


def _choose_timer(host: Host, findings: Findings, intent: Intent) -> TimerTarget | None:
    if not intent.timer:
        return None
    from proxyenv.decide.timers import choose_timer

    return choose_timer(host, findings.timer, intent)


def _proposal_notes(findings: Findings, intent: Intent) -> Iterator[str]:
    if not (findings.proposed_anchors or len(findings.sources) > 1):
        return
    from proxyenv.decide.proposals import proposal_notes

    yield from proposal_notes(findings, intent)
    if any(source.pac for source in findings.sources):
        from proxyenv.decide.named_pac import pac_notes

        yield from pac_notes(findings, intent)


def _policy_notes(intent: Intent) -> Iterator[str]:
    """What is given today and will not last, since the policy outranks what is saved."""
    if intent.fleet is None:
        return
    if intent.fleet.note:
        yield intent.fleet.note
    given = [
        intent.where(name)
        for name, option in SETUP_OPTIONS.items()
        if option.key
        and intent.rank(name) is Rank.GIVEN
        and getattr(intent.fleet.configuration, name) not in {None, ()}
        and getattr(intent.fleet.configuration, name) != getattr(intent, name)
    ]
    if given:
        listed = ", ".join(dict.fromkeys(given))
        yield f"{listed} outranks the fleet's policy today; `refresh` follows the policy again"


def _host_notes(host: Host) -> list[str]:
    notes = []
    if host.platform != "win32" and not host.for_all and "HOME" not in host.environment:
        notes.append(f"`HOME` is not set: the home is `{host.home}`, as the system's list of users has it")
    if host.sudo_user is not None:
        notes.append(
            f"this runs as another user than `{host.sudo_user}`, who called sudo; it sets up {host.home}"
        )
    return notes
