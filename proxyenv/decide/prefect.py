"""Which Prefect API, and which profile says so."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.formats.profile import find_profile
from proxyenv.formats.truth import read_truth
from proxyenv.model.target import ProfileTarget
from proxyenv.model.url import parse_url
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.intent import Intent

DEFAULT_PROFILE: Final = "proxyenv"
"""The profile on a machine where the user has made none active."""

PLUGIN: Final = "proxyenv"
"""The name of proxyenv's entry point in the group `prefect.plugins`."""

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

_URL: Final = "PREFECT_API_URL"
_PLUGINS: Final = "PREFECT_PLUGINS_ENABLED"
_ALLOW: Final = "PREFECT_PLUGINS_ALLOW"
_PROFILE_NAME: Final = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_HINT: Final = "it looks like `http://prefect.corp.example:4200/api`"


class Api(NamedTuple):
    """The API to use.

    Args:
        url: of the API, or ``None`` for an ephemeral server.
        given: the URL that was given, now or to an earlier run.
        profile: the profile to write.
    """

    url: str | None
    given: str | None
    profile: str


def choose_api(host: Host, findings: Findings, intent: Intent) -> Api:
    """The API and the profile for it.

    The user's own active profile is used when its API is the one that is meant, since it holds the
    key for it; a URL that is merely found never takes the place of another one next to that key.

    Raises:
        UsageError: ``api-url-invalid`` or ``profile-name-invalid``.
    """
    given = judge_api(intent)
    wanted = given or _find_url(host.environment.get(_URL))
    profile = intent.profile or _usual_profile(findings, wanted)
    own = _find_url(_profile_url(findings, profile))
    return Api(given or own or wanted, given, profile)


def judge_api(intent: Intent) -> str | None:
    """The URL of the API that was given, without a slash at its end; ``None`` where there is none.

    Raises:
        UsageError: ``api-url-invalid`` or ``profile-name-invalid``.
    """
    given = intent.api_url
    if given is not None:
        given = given.rstrip("/")
        parse_url(given, code="api-url-invalid", source=intent.where("api_url"), hint=_HINT)
    if intent.is_ordered("profile") and not _PROFILE_NAME.fullmatch(intent.profile or ""):
        raise UsageError(
            "profile-name-invalid",
            f"{intent.where('profile')} is `{intent.profile}`, which cannot be the name of a profile",
            hint="use letters, digits, `-`, `_` and `.`",
        )
    return given


def _usual_profile(findings: Findings, wanted: str | None) -> str:
    active = findings.prefect.written.active
    if active and _exists(findings, active) and wanted in {None, _profile_url(findings, active)}:
        return active
    return DEFAULT_PROFILE


def _exists(findings: Findings, profile: str) -> bool:
    return find_profile(findings.prefect.written.text or "", profile) is not None


def _profile_url(findings: Findings, profile: str) -> str | None:
    keys = find_profile(findings.prefect.written.text or "", profile) or {}
    url = keys.get(_URL)
    return url if isinstance(url, str) else None


def _find_url(text: str | None) -> str | None:
    """A URL that was found, if Prefect could use it; what it is good for is said elsewhere."""
    if not text:
        return None
    try:
        parse_url(text, code="api-url-invalid", source="the Prefect API")
    except UsageError:
        return None
    return text


def choose_profile(
    host: Host, findings: Findings, configuration: Configuration, api_url: str | None, *, has_bundle: bool
) -> ProfileTarget:
    """The keys to write into the profile.

    Args:
        host: the machine.
        findings: the profile as it is.
        configuration: names the profile.
        api_url: the API, or ``None`` for an ephemeral server.
        has_bundle: whether the profile names the bundle. With truststore Prefect needs no file; and the
            profile's settings travel to workers on other machines, which do not have it.
    """
    settings = {_URL: api_url} if api_url else dict(EPHEMERAL)
    if has_bundle:
        settings["PREFECT_API_SSL_CERT_FILE"] = str(host.layout.bundle)
    if configuration.uses_plugin:
        profile = find_profile(findings.prefect.written.text or "", configuration.profile or DEFAULT_PROFILE)
        settings |= plugin_settings(profile or {})
    return ProfileTarget(
        path=findings.prefect.written.path,
        name=configuration.profile or DEFAULT_PROFILE,
        settings=MappingProxyType(settings),
        activate=configuration.activate is not False,
    )


def plugin_settings(profile: Mapping[str, object]) -> dict[str, str]:
    """What makes Prefect load proxyenv's plugin, and the same others as before.

    Prefect loads every plugin that is installed, or only those of a list. Where plugins were off, the
    list names proxyenv alone; where there is a list, proxyenv is added; where all are loaded, none is needed.
    """
    allowed = str(profile.get(_ALLOW) or "")
    names = [name.strip() for name in allowed.split(",") if name.strip()]
    if not names and read_truth("prefect", str(profile.get(_PLUGINS, ""))):
        return {_PLUGINS: "true"}
    return {_PLUGINS: "true", _ALLOW: ",".join(dict.fromkeys((*names, PLUGIN)))}


def plugin_notes(layout: Layout, configuration: Configuration) -> Iterator[str]:
    """What the plugin needs and cannot have from the profile."""
    if not configuration.uses_plugin:
        return
    if not configuration.activate:
        yield (
            f"the plugin is switched on in the profile `{configuration.profile}`, which is not made active: "
            f"processes need `PREFECT_PROFILE={configuration.profile}`"
        )
    if configuration.uses_truststore and layout.config == layout.data:
        yield f"for the plugin to find these files, processes need `PROXYENV_HOME={layout.config}`"
