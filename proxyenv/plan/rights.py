"""Files of the system: what only root may write is refused before anything is done."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from proxyenv.catalog.tools.apt import DROP_IN
from proxyenv.errors import PlanError
from proxyenv.plan.stores import render_invocation

if TYPE_CHECKING:
    from proxyenv.model.change import Plan
    from proxyenv.model.host import Host


def require_root(host: Host, plan: Plan, *, python: str, arguments: tuple[str, ...]) -> None:
    """Refuse a plan that writes a file of the system, unless this is root, and say the exact command.

    Args:
        host: the machine.
        plan: what would be done.
        python: the interpreter, absolute.
        arguments: what root has to run, without the program's name.

    Raises:
        PlanError: ``needs-root``.
    """
    if host.is_root or all(change.path != DROP_IN for change in plan.pending):
        return
    setting_up = plan.receipt is not None
    others = any(change.path != DROP_IN for change in plan.pending)
    first = "first without `--configure apt`, then " if setting_up and others else ""
    prefix = ("--prefix", str(host.layout.state)) if host.layout.config == host.layout.state else ()
    raise PlanError(
        "needs-root",
        f"`{DROP_IN}` can only be written by root; nothing was changed",
        hint=f"{first}`{render_invocation(host, python=python)} {shlex.join((*arguments, *prefix))}`",
    )
