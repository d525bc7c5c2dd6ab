"""What ``--system`` decides beyond an ordinary set-up: all users and named services of this machine get it.

What belongs to one user is refused: a profile, a virtual environment, a tool's file in a home. A password is
refused where people read what is written; in a file that only root reads, for services, it may stand.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.system import jupyterhub, systemd
from proxyenv.catalog.tools import configurable
from proxyenv.errors import PlanError, UsageError
from proxyenv.model.place import HOST, api_variables
from proxyenv.model.target import SharedFile, SharedTarget
from proxyenv.model.tools import ALL_INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.prefect import Api
    from proxyenv.decide.proxies import Proxies
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.target import Variable

_OF_ONE_USER: Final = ("profile", "activate", "activation", "venvs")
_NONE: Final = "none"


def choose_services(intent: Intent) -> tuple[str, ...]:
    """The full names of the services that were named, sorted; ``none`` takes back what was saved.

    Raises:
        UsageError: ``usage``.
    """
    if not intent.is_ordered("services"):
        return intent.services
    if _NONE in intent.services:
        raise UsageError("usage", "`--service none` stands alone")
    return tuple(sorted({systemd.parse_service(name) for name in intent.services}))


def require_for_all(intent: Intent) -> None:
    """Refuse what means one user, or a file in a home.

    Raises:
        UsageError: ``usage``.
    """
    for name in _OF_ONE_USER:
        if intent.is_ordered(name):
            raise UsageError(
                "usage",
                f"{intent.where(name)} is for one user, and `--system` for all",
                hint="leave it out; each user may have a set-up too, which then counts",
            )
    if intent.uses_truststore:
        raise UsageError(
            "usage",
            "`--trust truststore` is for single Python environments, and `--system` for all",
            hint="leave it out: the bundle serves every Python",
        )
    tools = configurable()
    for name in intent.configure:
        tool = tools.get(name)
        if name == ALL_INSTALLED or (tool and any(file.name and not file.system for file in tool.files)):
            raise UsageError(
                "usage",
                f"`--configure {name}` writes into a home, and `--system` is for all users",
                hint="`--configure apt` is for all; each user may configure the others",
            )


def _require_sharable(proxies: Proxies, *, people: bool) -> None:
    """Refuse a password where others read it.

    Args:
        proxies: for each scheme.
        people: whether users get the settings, and not services alone.

    Raises:
        PlanError: ``password-refused``.
    """
    for proxy in filter(None, proxies):
        if proxy.sensitive and people:
            raise PlanError(
                "password-refused",
                f"the proxy `{proxy}` has a password, and {HOST.readers} could read it",
                hint="name a proxy that adds the credentials itself; or give it to services alone, from a "
                "file that only root reads: `--no-rc --service NAME`",
            )


def decide_for_all(  # noqa: PLR0913 - what every decision takes
    host: Host,
    findings: Findings,
    intent: Intent,
    proxies: Proxies,
    api: Api,
    *,
    written: tuple[Variable, ...],
) -> SharedTarget:
    """What is written for all users beside the env files.

    Args:
        host: with the places that are shared.
        findings: which units there are.
        intent: whether people get it, and which services.
        proxies: for each scheme.
        api: of Prefect.
        written: the variables of the env files.

    Raises:
        PlanError: ``password-refused``.
    """
    _require_sharable(proxies, people=intent.rc is not False)
    named = api_variables(api.url)
    variables = (*written, *named)
    private = any(each.sensitive for each in variables)
    services = choose_services(intent)
    files: list[SharedFile] = []
    notes: list[str] = []
    if services:
        path = host.layout.env_file(systemd.ENDING)
        files.append(SharedFile(path, systemd.render_service_file(variables), private=private))
        drop_in = systemd.render_drop_in(host.layout, variables)
        files += [SharedFile(systemd.find_drop_in(service), drop_in) for service in services]
        notes += _service_notes(findings, services)
    if intent.rc:
        part = jupyterhub.find_file(host.layout)
        files.append(SharedFile(part, jupyterhub.render_part(part, variables)))
        if findings.shared.jupyterhub:
            notes.append(
                "JupyterHub gives its users only what its configuration names; in `jupyterhub_config.py`, as "
                f"the last line: `{jupyterhub.render_line(part)}`"
            )
        try:
            if host.shared and host.shared.systemd:
                files.append(SharedFile(systemd.ENVIRONMENT_D, systemd.render_sessions(variables)))
        except PlanError as error:
            notes.append(f"`{systemd.ENVIRONMENT_D}` is left out: {error.message}")
        notes += _people_notes(named)
    return SharedTarget(named, tuple(files), tuple(notes))


def _service_notes(findings: Findings, services: tuple[str, ...]) -> Iterator[str]:
    for service in services:
        if service in findings.shared.missing_units:
            yield f"there is no unit `{service}` here yet; its settings wait for it"


def _people_notes(named: tuple[Variable, ...]) -> Iterator[str]:
    if named:
        yield "`PREFECT_API_URL` for all beats the API of each user's own profile"
