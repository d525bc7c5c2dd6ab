"""What Prefect takes instead of the written profile, from every source that comes before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.decide.overrides import CERT, find_fault
from proxyenv.decide.prefect import PLUGIN
from proxyenv.formats.profile import find_profile
from proxyenv.formats.truth import read_truth
from proxyenv.model.tools import PREFECT, Conflict
from proxyenv.model.url import show_location, show_path
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.decide.overrides import Case
    from proxyenv.model.findings import PrefectFindings
    from proxyenv.model.tools import Aspect

_TEST_MODES: Final = (
    "PREFECT_TEST_MODE",
    "PREFECT_UNIT_TEST_MODE",
    "PREFECT_TESTING_UNIT_TEST_MODE",
    "PREFECT_TESTING_TEST_MODE",
)
"""With one of them Prefect reads no profile: ``prefect/settings/sources.py``."""


class _Effect(NamedTuple):
    """What another value of a setting does.

    Args:
        detail: as a clause.
        breaks: whether flows fail by it, or do something else than was set up.
        aspect: what it changes for clients.
        cause: a code.
    """

    detail: str
    breaks: bool = True
    aspect: Aspect | None = None
    cause: str = "shadowed"


def judge_prefect(case: Case, prefect: PrefectFindings) -> Iterator[Conflict]:
    """Another profile than the written one, settings that beat it, and files that Prefect cannot read."""
    yield from _judge_profile(case, prefect)
    overridden = dict(prefect.shadows)
    for name, judge in _JUDGES.items():
        found = overridden.get(name)
        effect = judge(case, found.value) if found else None
        if found and effect:
            yield _conflict(case, found.provenance, effect)
    for provenance, reason in ((each.provenance, each.reason) for each in prefect.unreadable):
        breaks = not reason.startswith("line ")  # Prefect goes on past a line of `.env` alone
        effect = _Effect(reason, breaks=breaks, cause="prefect-settings-invalid")
        yield _conflict(case, provenance, effect, remedy=f"correct {provenance}")


def _judge_profile(case: Case, prefect: PrefectFindings) -> Iterator[Conflict]:
    """Another profile, chosen in this process; one that was made active is damage to the file."""
    wanted = case.profile_name
    mode = next((name for name in _TEST_MODES if case.host.environment.get(name)), None)
    if mode:
        effect = _Effect("with it Prefect reads no profile", aspect="roots")
        yield _conflict(case, f"`{mode}` in the environment", effect)
    elif str(prefect.profiles_path) != case.profiles and prefect.located:
        detail = f"Prefect reads `{show_path(prefect.profiles_path)}`, not `{case.profiles}`"
        yield _conflict(case, prefect.located, _add_losses(case, prefect, detail))
    elif prefect.active != wanted and "PREFECT_PROFILE" in (prefect.chosen or ""):
        exists = find_profile(prefect.profiles or "", prefect.active or "") is not None
        what = f"takes the profile `{prefect.active}`" if exists else f"finds no profile `{prefect.active}`"
        detail = f"Prefect {what} and does not read `{wanted}`"
        yield _conflict(case, prefect.chosen or "", _add_losses(case, prefect, detail))


def _add_losses(case: Case, prefect: PrefectFindings, detail: str) -> _Effect:
    """What is lost with the written profile, beside what overrides every profile."""
    overridden = dict(prefect.shadows)
    effects = []
    for name, judge in _JUDGES.items():
        found = prefect.settings.get(name)
        effect = judge(case, found.value if found else None) if name not in overridden else None
        effects += [effect] if effect and effect.breaks else []
    if not effects:
        return _Effect(detail, breaks=False)
    roots = any(effect.aspect == "roots" for effect in effects)
    return _Effect(f"{detail}: {effects[0].detail}", aspect="roots" if roots else None)


def _judge_url(case: Case, value: str | None) -> _Effect | None:
    wanted, url = case.api_url, (value or "").rstrip("/")
    if url == (wanted or "").rstrip("/"):
        return None
    meant = f"`{show_location(wanted)}`" if wanted else "a temporary server"
    used = f"the API `{show_location(url)}`" if url else "a temporary server"
    return _Effect(f"flows use {used}, not {meant}")


def _judge_cert(case: Case, value: str | None) -> _Effect | None:
    """Prefect's own default is `SSL_CERT_FILE`; set to nothing it means the public roots."""
    path = case.host.environment.get("SSL_CERT_FILE", "") if value is None else value
    if path == str(case.host.layout.bundle) and case.has_anchors:
        return None
    fault = find_fault(case, path)
    if fault is None:
        is_written = case.has_anchors and not case.configuration.uses_truststore
        detail = f"it names `{path}`, not the bundle"
        return _Effect(detail, breaks=False, aspect="roots") if path and is_written else None
    if case.configuration.uses_truststore and (not path or fault.endswith("lacks the corporate CA")):
        return None  # the operating system's store is added to it
    return _Effect(fault if value is not None or path else "Prefect takes the public roots", aspect="roots")


def _judge_verification(case: Case, value: str | None) -> _Effect | None:  # noqa: ARG001 - as the others
    if not read_truth("prefect", value or ""):
        return None
    detail = "with it Prefect does not verify certificates"
    return _Effect(detail, aspect="roots", cause="verification-off")


def _judge_ephemeral(case: Case, value: str | None) -> _Effect | None:
    if case.api_url is not None or read_truth("prefect", value or ""):
        return None
    return _Effect("Prefect may not start a temporary server, and no API is set up")


def _judge_plugins(case: Case, value: str | None) -> _Effect | None:
    if not case.configuration.uses_plugin or read_truth("prefect", value or ""):
        return None
    return _lose_plugin(case)


def _judge_allowed(case: Case, value: str | None) -> _Effect | None:
    names = {name.strip() for name in (value or "").split(",")} - {""}
    if not case.configuration.uses_plugin or not names or PLUGIN in names:
        return None
    return _lose_plugin(case)


def _lose_plugin(case: Case) -> _Effect:
    is_needed = not case.configuration.uses_shell
    return _Effect("Prefect does not load the plugin that sets the proxy and the CA", breaks=is_needed)


_JUDGES: Final[Mapping[str, Callable[[Case, str | None], _Effect | None]]] = {
    "PREFECT_API_URL": _judge_url,
    CERT: _judge_cert,
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": _judge_verification,
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": _judge_ephemeral,
    "PREFECT_PLUGINS_ENABLED": _judge_plugins,
    "PREFECT_PLUGINS_ALLOW": _judge_allowed,
}
"""Setting → what a value of it does; ``None``: nothing. The value is ``None`` where nothing sets it."""


def _conflict(case: Case, provenance: str, effect: _Effect, *, remedy: str = "") -> Conflict:
    """What has the effect, and how to remove it."""
    name = provenance.split("`")[1]
    usual = (
        f"unset {name}"
        if provenance.endswith(" in the environment")
        else f"take {provenance.replace(' in ', ' out of ')}"
    )
    return Conflict(
        PREFECT,
        effect.cause,
        name,
        provenance,
        effect.detail,
        remedy or usual,
        beats=f"the profile `{case.profile_name}`",
        aspect=effect.aspect,
        breaks=effect.breaks,
    )
