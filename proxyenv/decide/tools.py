"""Which tools are told in their own files, and what."""

from __future__ import annotations

import shlex
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from proxyenv.catalog.tools import java
from proxyenv.catalog.tools.places import find_places
from proxyenv.catalog.tools.wanted import Wanted
from proxyenv.errors import PlanError, UsageError
from proxyenv.model.tool_config import ALL_INSTALLED, TOOLS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.decide.proxies import Proxies
    from proxyenv.decide.routes import Routes
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import Findings
    from proxyenv.model.host import Host
    from proxyenv.model.request import Request
    from proxyenv.model.target import Variable
    from proxyenv.model.tool_config import ToolFile

_NONE = "none"


class Tools(NamedTuple):
    """What the tools get.

    Args:
        files: to write, symlinks resolved.
        variables: for the env files.
        notes: what could not be done, and what only root can.
    """

    files: tuple[ToolFile, ...] = ()
    variables: tuple[Variable, ...] = ()
    notes: tuple[str, ...] = ()


def choose_tools(request: Request, saved: Configuration) -> tuple[str, ...]:
    """What was asked for: names of tools, or ``all-installed``; ``none`` takes back what was saved.

    Raises:
        UsageError: ``usage``, for a name that is not known.
    """
    for name in request.configure:
        if name not in {*TOOLS, ALL_INSTALLED, _NONE}:
            known = ", ".join((*TOOLS, ALL_INSTALLED, _NONE))
            raise UsageError("usage", f"`--configure {name}` is not known", hint=f"it takes {known}")
    if _NONE in request.configure:
        if len(request.configure) > 1:
            raise UsageError("usage", "`--configure none` stands alone")
        return ()
    return tuple(sorted(set(request.configure))) or saved.configure


def make_wanted(
    host: Host, findings: Findings, proxies: Proxies, routes: Routes, *, has_anchors: bool
) -> Wanted:
    """What every renderer starts from."""
    return Wanted(
        http=proxies.http,
        https=proxies.https,
        no_proxy=routes.written,
        java=routes.java,
        has_anchors=has_anchors,
        layout=host.layout,
        platform=host.platform,
        places=find_places(host, gcloud_configuration=findings.tools.gcloud_configuration),
        tools=findings.tools,
    )


def configure_tools(host: Host, findings: Findings, names: tuple[str, ...], wanted: Wanted) -> Tools:
    """The files, variables and notes for what was asked for.

    A tool that was named and cannot be told is an error; one of ``all-installed`` is a note.

    Raises:
        PlanError: ``password-refused``, ``bundle-closed``, ``value-unrepresentable``.
    """
    found = set(findings.tools.installed) if ALL_INSTALLED in names else set()
    result = Tools()
    for name in sorted(found | {name for name in names if name != ALL_INSTALLED}):
        try:
            told = _tell(host, name, wanted)
            if name not in names:
                _require_rights(host, findings, told.files)
        except PlanError as error:
            if name in names:
                raise
            told = Tools(notes=(f"`{name}` is left as it is: {error.message}",))
        result = Tools(
            result.files + told.files, result.variables + told.variables, result.notes + told.notes
        )
    return result._replace(files=tuple(_resolved(result.files, findings)))


def _tell(host: Host, name: str, wanted: Wanted) -> Tools:
    if name == "java":
        return Tools(variables=java.render_variables(wanted), notes=tuple(_java_notes(host, wanted)))
    if name == "snap":
        return Tools(notes=tuple(_snap_notes(wanted)))
    from proxyenv.catalog.tools.table import RENDERERS

    files = RENDERERS[name](wanted)
    notes = () if files else (f"`{name}` needs nothing in a file of its own",)
    return Tools(files, notes=notes)


def _require_rights(host: Host, findings: Findings, files: tuple[ToolFile, ...]) -> None:
    """Refuse what ``all-installed`` cannot write; what is there already needs no rights."""
    for file in files:
        state = findings.installation.state(file.path)
        content = None if state is None else state.content
        if file.content is not None and not host.is_root and content != file.content.encode():
            raise PlanError("needs-root", f"only root may write `{file.path}`; ask for it by its name")


def _java_notes(host: Host, wanted: Wanted) -> Iterator[str]:
    if any(proxy.username is not None for _, proxy in wanted.proxies):
        yield "Java has no property for a proxy's credentials: the proxy will refuse it"
    found = host.environment.get(java.VARIABLE)
    if found and "javax.net.ssl.trustStore=" not in found and "proxyHost=" not in found:
        yield (
            f"`{java.VARIABLE}` is set here, and the env files replace it: put those options into "
            "`JDK_JAVA_OPTIONS`"
        )


def _snap_notes(wanted: Wanted) -> Iterator[str]:
    """What root has to run: snap keeps its settings to itself, and changes them for root alone."""
    settings = [f"proxy.{scheme}={proxy}" for scheme, proxy in wanted.proxies]
    if settings and wanted.no_proxy:
        settings.append(f"proxy.no-proxy={','.join(wanted.no_proxy)}")
    if settings and not wanted.sensitive:
        yield f"only root can tell snap, and only by a command: `sudo snap set system {shlex.join(settings)}`"
    elif settings:
        yield "only root can tell snap, and only by `sudo snap set system proxy.http=URL proxy.https=URL`"
    if wanted.has_anchors:
        certificate = shlex.quote(str(wanted.layout.corporate))
        yield f'snap trusts the CA by `sudo snap set system store-certs.corporate="$(cat {certificate})"`'


def _resolved(files: Iterable[ToolFile], findings: Findings) -> Iterator[ToolFile]:
    links = findings.installation.links
    yield from (replace(file, path=links.get(file.path, file.path)) for file in files)
