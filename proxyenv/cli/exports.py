"""``proxyenv env``, the long way: formats that are not written, and reasons why there is nothing to print."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv import operations
from proxyenv.cli.env import DIALECTS
from proxyenv.cli.run import read_variables
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from proxyenv.cli.session import Session


def read_exports(session: Session) -> str:
    """The environment as one shell or one format has it.

    Raises:
        UsageError: ``usage``: no such shell, or a shell and a format.
        PlanError: ``value-unrepresentable`` or ``password-refused``.
        DiscoveryError: ``not-installed`` or ``file-unreadable``.
    """
    from proxyenv.catalog.shells.env_files import RENDERERS, render_format

    options, layout = session.options, session.host.layout
    if options.shell != "sh" and options.format:
        raise UsageError("usage", "`--shell` and `--format` exclude each other")
    shell = "list" if options.format == "docker" else options.shell
    if options.format not in {None, "docker"}:
        variables = read_variables(str(layout.config))
        return render_format(options.format, variables, platform=session.host.platform)
    if shell not in DIALECTS:
        raise UsageError("usage", f"`--shell {shell}` is not known", hint=f"one of {', '.join(DIALECTS)}")
    state = operations.read_file(layout.env_file(DIALECTS[shell]))
    if state is None:  # not installed; or it was left out, and rendering says why
        return RENDERERS[DIALECTS[shell]](read_variables(str(layout.config)))
    return state.content.decode("utf-8", "surrogateescape")
