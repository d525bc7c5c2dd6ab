"""Findings and a request become a target. Every decision is taken here, once, and purely.

Rank, for each question: what the user said, then the saved configuration of an earlier run, then what
was found. Two finds of equal rank that differ are an :class:`AmbiguityError`.
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from proxyenv.clients.table import (
    PROXY_VARIABLES,
    UNSET,
    WEBSOCKET_VARIABLES,
    Role,
    roots_variables,
    switches,
)
from proxyenv.errors import AmbiguityError, DiscoveryError, UsageError
from proxyenv.model.configuration import Configuration
from proxyenv.model.target import ProfileTarget, Target, Variable
from proxyenv.routing.no_proxy import LOOPBACK, is_internal, normalise, split_entries
from proxyenv.routing.proxy_url import find_websocket_url, parse_proxy_url
from proxyenv.targets.rc import SHELLS, rc_files

if TYPE_CHECKING:
    from proxyenv.model.certificate import Certificate
    from proxyenv.model.findings import Findings
    from proxyenv.model.found import Found
    from proxyenv.model.host import Host
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.request import Request

DEFAULT_PROFILE: Final = "proxyenv"
"""The profile on a machine where the user has made none active."""

EPHEMERAL: Final = MappingProxyType(
    {
        "PREFECT_SERVER_EPHEMERAL_ENABLED": "true",
        # The default of 20 is met or missed by chance on two cores: a fresh database takes 21 to 26 s.
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "120",
        # Telemetry goes out every 10 minutes and logs an error when a proxy stops it.
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    }
)
"""What a flow needs on a machine without a Prefect API."""

_PROFILE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_SCHEMES: Final = ("http", "https")


def resolve(host: Host, findings: Findings, request: Request) -> Target:
    """Decide how the machine should be.

    Raises:
        AmbiguityError: two finds of equal rank differ.
        DiscoveryError: ``nothing-found``.
        UsageError: an option has a value that cannot be used.
    """
    saved = findings.installation.configuration or Configuration()
    proxies, notes = _proxies(findings, request, saved)
    anchors, trust_notes = _anchors(findings, request)
    if not any(proxies.values()) and not anchors:
        raise DiscoveryError(
            "nothing-found",
            "no proxy and no corporate CA was given, and neither was found in the environment",
            hint="name them: `proxyenv setup --proxy http://HOST:PORT --ca FILE`",
        )
    api_url, api_given = _api_url(findings, request, saved)
    urls = tuple(_check_url(url) for url in request.urls) or saved.urls
    entries, no_proxy, route_notes = _no_proxy(findings, request, saved, api_url=api_url, urls=urls)
    shells = _shells(request, saved)
    configuration = Configuration(
        http_proxy=_reveal(proxies["http"]),
        https_proxy=_reveal(proxies["https"]),
        no_proxy=entries,
        ca=tuple(dict.fromkeys(_absolute(path, host) for path in request.ca)) or saved.ca,
        profile=request.profile or saved.profile or _usual_profile(findings, api_given),
        activate=request.activate and saved.activate,
        api_url=api_given,
        shells=shells,
        rc=request.rc and saved.rc,
        urls=urls,
    )
    profile = _profile(host, findings, configuration, api_url, has_anchors=bool(anchors))
    return Target(
        http_proxy=proxies["http"],
        https_proxy=proxies["https"],
        no_proxy=no_proxy,
        anchors=anchors,
        public_roots=findings.public_roots,
        certifi_version=findings.certifi_version,
        variables=_variables(host, proxies, no_proxy, has_anchors=bool(anchors)),
        profile=profile,
        rc_files=_rc_files(host, findings, configuration),
        configuration=configuration,
        notes=(
            *_host_notes(host),
            *notes,
            *trust_notes,
            *route_notes,
            *_credential_notes(proxies),
            *_shadow_notes(findings, profile),
        ),
    )


def _reveal(proxy: ProxyURL | None) -> str | None:
    return proxy.reveal() if proxy else None


def _absolute(path: str, host: Host) -> str:
    expanded = host.home / path[2:] if path.startswith("~/") else Path(path)
    return str(host.directory / expanded)


# Proxies


def _proxies(
    findings: Findings, request: Request, saved: Configuration
) -> tuple[dict[str, ProxyURL | None], list[str]]:
    given = {"http": request.http_proxy or request.proxy, "https": request.https_proxy or request.proxy}
    kept = {"http": saved.http_proxy, "https": saved.https_proxy}
    notes: list[str] = []
    result: dict[str, ProxyURL | None] = {}
    for scheme in _SCHEMES:
        text = given[scheme]
        if text is not None:
            option = "--proxy" if text is request.proxy else f"--{scheme}-proxy"
            result[scheme] = parse_proxy_url(text, source=f"`{option}`")
        elif any(given.values()) or any(kept.values()):
            stored = kept[scheme]
            result[scheme] = parse_proxy_url(stored, source="`proxyenv.toml`") if stored else None
            notes += _other_finds(findings, scheme, result[scheme])
        else:
            result[scheme], found_notes = _found_proxy(findings, scheme)
            notes += found_notes
    for scheme, other in (_SCHEMES, _SCHEMES[::-1]):
        if result[scheme] is None and result[other] is not None and given[scheme] is None:
            result[scheme] = result[other]
            if not any(kept.values()):
                notes.append(f"no proxy is set for `{scheme}://`; the one for `{other}://` is used for both")
    return result, list(dict.fromkeys(notes))


def _found_proxy(findings: Findings, scheme: str) -> tuple[ProxyURL | None, list[str]]:
    notes: list[str] = []
    for kind in (scheme, "all"):
        finds = [found for name, found in findings.proxies if name == kind]
        notes += [
            f"{found.provenance} is empty, which hides the other"
            for found in finds
            if not found.value.strip()
        ]
        parsed: dict[ProxyURL, Found[str]] = {}
        for found in finds:
            if found.value.strip():
                parsed.setdefault(parse_proxy_url(found.value, source=found.provenance), found)
        if len(parsed) > 1:
            raise _proxy_conflict(scheme, parsed)
        for proxy, found in parsed.items():
            notes.append(f"proxy for `{scheme}://` from {found.provenance}")
            return proxy, notes
    return None, notes


def _proxy_conflict(scheme: str, finds: dict[ProxyURL, Found[str]]) -> AmbiguityError:
    option = f"--{scheme}-proxy"
    shown = tuple(f"{proxy} ({found.provenance})" for proxy, found in finds.items())
    return AmbiguityError(
        "proxy-conflict",
        f"two different proxies were found for `{scheme}://`: {' and '.join(shown)}",
        option=option,
        choices=shown,
        answers=tuple(proxy.reveal() for proxy in finds),
        hint=f"say which: `{option} {next(iter(finds))}`",
    )


def _other_finds(findings: Findings, scheme: str, chosen: ProxyURL | None) -> list[str]:
    notes = []
    for kind, found in findings.proxies:
        if kind == scheme and found.value.strip():
            try:
                other = parse_proxy_url(found.value, source=found.provenance)
            except UsageError:
                continue
            if other != chosen:
                notes.append(f"{found.provenance} names another proxy, {other}; `--proxy` would take it")
    return notes


def _credential_notes(proxies: dict[str, ProxyURL | None]) -> list[str]:
    notes = []
    distinct = {proxy for proxy in proxies.values() if proxy is not None}
    if any(find_websocket_url(proxy) is None for proxy in distinct):
        notes.append(
            "websockets cannot send the proxy's credentials as they are, so Prefect would lose task runs unless "
            "its API is reached directly; ask for a password without `/`, `#`, `?`, `[` and `]`"
        )
    if any(proxy.password and not proxy.password.isascii() for proxy in distinct):
        notes.append(
            "requests, pip, boto3 and aiohttp cannot send a proxy password with letters beyond ASCII"
        )
    if any(proxy.scheme == "https" for proxy in distinct):
        notes.append("git, wget and aiohttp cannot use a proxy that itself speaks TLS by variables alone")
    return notes


# Trust


def _anchors(findings: Findings, request: Request) -> tuple[tuple[Certificate, ...], list[str]]:
    notes: list[str] = []
    if request.ca:
        chosen = findings.given_anchors
        given = {found.value for found in chosen}
        left = sorted({found.provenance for found in findings.anchors if found.value not in given})
        if left and not findings.installation.receipt:
            notes.append(f"not in the bundle, since `--ca` was given: CAs from {'; '.join(left)}")
    elif findings.saved_anchors or findings.installation.configuration:
        chosen = findings.saved_anchors
    else:
        chosen = findings.anchors
        notes += [
            f"CA `{found.value.subject}` ({found.value.fingerprint[:16]}…) from {found.provenance}"
            for found in chosen[:_MOST_NOTES]
        ]
        if len(chosen) > _MOST_NOTES:
            notes.append(f"and {len(chosen) - _MOST_NOTES} more CAs; `proxyenv discover` lists them")
        notes += [f"{rejection.provenance}: {rejection.reason}" for rejection in findings.rejections]
    return tuple(sorted({found.value for found in chosen})), notes


_MOST_NOTES: Final = 3


# Routing


def _no_proxy(
    findings: Findings, request: Request, saved: Configuration, *, api_url: str | None, urls: tuple[str, ...]
) -> tuple[tuple[str, ...], tuple[str, ...], list[str]]:
    """The entries that were asked for, the ones to write, and the notes."""
    if request.no_proxy is not None:
        entries = split_entries(request.no_proxy)
    elif findings.installation.configuration:
        entries = saved.no_proxy
    else:
        entries = tuple(
            dict.fromkeys(entry for found in findings.no_proxy for entry in split_entries(found.value))
        )
    derived = list(LOOPBACK)
    api_host = urlsplit(api_url).hostname if api_url else None
    notes = []
    if api_url and api_host and is_internal(api_host, findings.api_addresses):
        derived.append(_api_entry(api_url, api_host, urls))
        notes.append(f"direct, as the Prefect API is internal: `{derived[-1]}`")
    normalised = normalise((*derived, *entries))
    own = tuple(entry for entry in entries if entry not in LOOPBACK)
    return own, normalised.entries, [*notes, *normalised.notes]


def _api_entry(api_url: str, api_host: str, urls: tuple[str, ...]) -> str:
    """The API's host, limited to its port when a URL to be proved through the proxy has the same host."""
    shared = any(urlsplit(url).hostname == api_host for url in urls)
    port = urlsplit(api_url).port
    return f"{api_host}:{port}" if shared and port and ":" not in api_host else api_host


def _check_url(url: str) -> str:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not url.isprintable() or " " in url:
        raise UsageError("url-invalid", f"`--url {url!r}` is not an `http://` or `https://` URL")
    return url


# Prefect


def _api_url(findings: Findings, request: Request, saved: Configuration) -> tuple[str | None, str | None]:
    """The API to use, and the one that was given, now or to an earlier run."""
    given = request.api_url or saved.api_url
    if given is None:
        found = findings.prefect.api_url
        return (found.value if found else None), None
    try:
        parts = urlsplit(given)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not given.isprintable() or " " in given:
        raise UsageError(
            "api-url-invalid",
            f"`{given}` is not the URL of a Prefect API",
            hint="it looks like `http://prefect.corp.example:4200/api`",
        )
    return given.rstrip("/"), given.rstrip("/")


def _profile(
    host: Host, findings: Findings, configuration: Configuration, api_url: str | None, *, has_anchors: bool
) -> ProfileTarget:
    name = configuration.profile or DEFAULT_PROFILE
    if not _PROFILE_NAME.fullmatch(name):
        raise UsageError(
            "profile-name-invalid",
            f"`{name}` cannot be the name of a profile",
            hint="use letters, digits, `-`, `_` and `.`",
        )
    settings: dict[str, str] = {}
    if api_url:
        settings["PREFECT_API_URL"] = api_url
    else:
        settings.update(EPHEMERAL)
    if has_anchors:
        settings["PREFECT_API_SSL_CERT_FILE"] = str(host.layout.bundle)
    return ProfileTarget(
        path=findings.prefect.profiles_path,
        name=name,
        settings=MappingProxyType(settings),
        activate=configuration.activate,
    )


def _usual_profile(findings: Findings, api_given: str | None) -> str:
    """The user's own active profile, since it holds the API key; but another API gets a profile of ours."""
    prefect = findings.prefect
    profiles = tomllib.loads(prefect.profiles or "").get("profiles", {})
    active = profiles.get(prefect.active) if isinstance(profiles, dict) and prefect.active else None
    if isinstance(active, dict) and (api_given is None or active.get("PREFECT_API_URL") == api_given):
        return prefect.active or DEFAULT_PROFILE
    return DEFAULT_PROFILE


def _shadow_notes(findings: Findings, profile: ProfileTarget) -> list[str]:
    notes = []
    for name, found in findings.prefect.shadows:
        wanted = profile.name if name == "PREFECT_PROFILE" else profile.settings.get(name)
        if name == "PREFECT_API_TLS_INSECURE_SKIP_VERIFY":
            if found.value.lower() in {"1", "true", "yes", "on"}:
                notes.append(f"`{name}` in {found.provenance} switches verification off; remove it")
        elif wanted is not None and found.value != wanted:
            notes.append(f"`{name}` in {found.provenance} overrides the profile; remove it")
    notes += [f"{rejection.provenance}: {rejection.reason}" for rejection in findings.prefect.unreadable]
    return notes


# Shells and variables


def _shells(request: Request, saved: Configuration) -> tuple[str, ...]:
    for shell in request.shells:
        if shell not in SHELLS:
            names = ", ".join(SHELLS)
            raise UsageError("usage", f"`--shell {shell}` is not known", hint=f"the shells are {names}")
    return tuple(sorted(set(request.shells))) or saved.shells


def _rc_files(host: Host, findings: Findings, configuration: Configuration) -> tuple[tuple[Path, str], ...]:
    if not configuration.rc:
        return ()
    existing = frozenset(
        path
        for path, real in findings.installation.links.items()
        if findings.installation.files.get(real) is not None
    )
    chosen: dict[Path, str] = {}
    for shell in configuration.shells or host.shells:
        for path in rc_files(shell, host.home, host.environment, existing=existing):
            chosen.setdefault(findings.installation.links.get(path, path), shell)
    return tuple(chosen.items())


def _variables(
    host: Host, proxies: dict[str, ProxyURL | None], no_proxy: tuple[str, ...], *, has_anchors: bool
) -> tuple[Variable, ...]:
    variables: list[Variable] = []
    for scheme in _SCHEMES:
        proxy = proxies[scheme]
        if proxy is not None:
            variables += [
                Variable(name, proxy.reveal(), sensitive=proxy.sensitive) for name in PROXY_VARIABLES[scheme]
            ]
    if any(proxies.values()):
        variables += [Variable(name, ",".join(no_proxy)) for name in PROXY_VARIABLES["no"]]
        variables += _websocket_variables(proxies)
    if has_anchors:
        paths = {Role.REPLACES_ROOTS: host.layout.bundle, Role.ADDS_ROOTS: host.layout.corporate}
        variables += [Variable(name, str(paths[role]), names_file=True) for name, role in roots_variables()]
    variables += [Variable(name, value) for name, value in switches()]
    unset = [name for name in UNSET if has_anchors or "CERT" not in name]
    return (*variables, *(Variable(name, None) for name in unset if any(proxies.values()) or "CERT" in name))


def _websocket_variables(proxies: dict[str, ProxyURL | None]) -> list[Variable]:
    """For credentials that websockets would send undecoded; ws and wss both prefer the https proxy."""
    proxy = proxies["https"] or proxies["http"]
    url = find_websocket_url(proxy) if proxy else None
    if proxy is None or url is None or url == proxy.reveal():
        return []
    return [Variable(name, url, sensitive=proxy.sensitive) for name in WEBSOCKET_VARIABLES]


def _host_notes(host: Host) -> list[str]:
    if host.sudo_user is None:
        return []
    return [f"this runs as another user than `{host.sudo_user}`, who called sudo; it sets up {host.home}"]
