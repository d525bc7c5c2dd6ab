"""Which tools are configured in their own files, and how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.catalog.tools import configurable
from proxyenv.catalog.tools.tool import Configured, Wanted
from proxyenv.errors import PlanError, UsageError, needs_root
from proxyenv.model.intent import Rank
from proxyenv.model.tools import ALL_INSTALLED

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.decide.direct_routes import DirectRoutes
    from proxyenv.decide.proxies import Proxies
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.intent import Intent
    from proxyenv.model.tools import ToolFile

_NONE = "none"


def choose_tools(intent: Intent) -> tuple[str, ...]:
    """What was asked for: names of tools, or ``all-installed``; ``none`` takes back what was saved.

    Raises:
        UsageError: ``usage``, for a name that is not known.
        DiscoveryError: ``configuration-invalid``: a file holds it.
    """
    is_given = intent.rank("configure") is Rank.GIVEN
    known = (*configurable(), ALL_INSTALLED, *((_NONE,) if is_given else ()))
    for name in intent.configure:
        if name not in known:
            from proxyenv.decide.refusal import refuse_name

            raise refuse_name(intent, "configure", name, known)
    if _NONE in intent.configure:
        raise UsageError("usage", "`--configure none` stands alone")
    return tuple(sorted(set(intent.configure)))


def make_wanted(
    host: Host, findings: Findings, proxies: Proxies, routes: DirectRoutes, *, has_anchors: bool
) -> Wanted:
    """What the renderer of a tool starts from."""
    return Wanted(
        http=proxies.http,
        https=proxies.https,
        no_proxy=routes.written,
        java=routes.java,
        has_anchors=has_anchors,
        layout=host.layout,
        platform=host.platform,
        environment=host.environment,
        found=findings.tools,
    )


def configure_tools(
    host: Host, findings: Findings, names: tuple[str, ...], wanted: Wanted, in_containers: Wanted
) -> Configured:
    """The files, variables and notes for what was asked for.

    A tool that was named and cannot be configured is an error; one of ``all-installed`` is a note.

    Args:
        host: this machine.
        findings: as they were read.
        names: see :func:`choose_tools`.
        wanted: for tools that work on this machine.
        in_containers: for tools that hand on their settings to containers.

    Raises:
        PlanError: ``password-refused``, ``loopback-elsewhere``, ``bundle-closed``, ``value-unrepresentable``.
    """
    found = set(findings.tools.installed) if ALL_INSTALLED in names else set()
    result = Configured()
    for name in sorted(found | {name for name in names if name != ALL_INSTALLED}):
        try:
            done = _configure(name, in_containers if configurable()[name].for_containers else wanted)
            if name not in names:
                _require_rights(host, findings, done.files)
        except PlanError as error:
            if name in names:
                raise
            done = Configured(notes=(f"`{name}` is left as it is: {error.message}",))
        result = Configured(
            result.files + done.files, result.variables + done.variables, result.notes + done.notes
        )
    return result._replace(files=tuple(_resolved(result.files, findings)))


def _configure(name: str, wanted: Wanted) -> Configured:
    configure = configurable()[name].configure
    done = configure(wanted) if configure else Configured()
    if done == Configured():
        return Configured(notes=(f"`{name}` needs nothing in a file of its own",))
    return done


def _require_rights(host: Host, findings: Findings, files: tuple[ToolFile, ...]) -> None:
    """Refuse what ``all-installed`` cannot write; what is there already needs no rights."""
    for file in files:
        state = findings.installation.state(file.path)
        content = None if state is None else state.content
        if file.content is not None and not host.is_root and content != file.content.encode():
            raise needs_root(f"`{file.path}`", "ask for it by its name")


def _resolved(files: Iterable[ToolFile], findings: Findings) -> Iterator[ToolFile]:
    links = findings.installation.links
    yield from (file._replace(path=links.get(file.path, file.path)) for file in files)
