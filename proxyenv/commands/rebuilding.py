"""``proxyenv uninstall --without-receipt``: a lost receipt is rebuilt, and then everything goes as always."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING, NamedTuple

from proxyenv import __version__
from proxyenv.apply.atomic import observe
from proxyenv.apply.faults import nothing_changed
from proxyenv.apply.programs import passes
from proxyenv.apply.receipts import write_rebuilt_receipt
from proxyenv.catalog.stores import STORE_KINDS
from proxyenv.commands.trust_stores import plan_emptying
from proxyenv.errors import DiscoveryError, UsageError, needs_root
from proxyenv.machine.authority import require_authority
from proxyenv.machine.installation import read_installation
from proxyenv.machine.traces import read_traces
from proxyenv.model.change import Plan
from proxyenv.model.receipt import Receipt
from proxyenv.plan.rebuilding import rebuild_receipt
from proxyenv.plan.removal import plan_removal
from proxyenv.plan.stores import render_invocation, require_root

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.model.host import Host
    from proxyenv.model.store import StoreChange


class WithoutReceipt(NamedTuple):
    """What is done where the receipt is lost.

    Args:
        plan: as every removal has it.
        adopt: writes the receipt that was rebuilt, so that a removal that is killed can be run again;
            ``None``: there is nothing to remove.
    """

    plan: Plan
    adopt: Callable[[], None] | None


def plan_without_receipt(host: Host) -> WithoutReceipt:
    """Find what is there, and work out how to take it back.

    Raises:
        PlanError: ``needs-root``.
        ProxyenvError: others could have written a file of the installation; a trust store could not be asked.
    """
    require_authority(host, None)
    with nothing_changed():
        damaged = observe(host.layout.receipt)
    traces = read_traces(host, passes=passes)
    receipt, notes = rebuild_receipt(host, traces, version=__version__)
    if receipt is None and damaged is not None:
        receipt = Receipt(__version__, "applying", ())
    if receipt is None:
        return WithoutReceipt(Plan((), host.layout.receipt, None, notes=notes), None)
    require_authority(host, receipt)
    stores = plan_emptying(host, receipt, STORE_KINDS).changes
    _require_rights(host, stores)
    plan = plan_removal(host, traces.installation._replace(receipt=receipt), stores=stores)
    require_root(host, plan, python=sys.executable, arguments=("uninstall", "--without-receipt"))
    return WithoutReceipt(
        plan._replace(notes=(*notes, *plan.notes)),
        lambda: write_rebuilt_receipt(host.layout.receipt, receipt, instead_of=damaged),
    )


def goes_on(host: Host) -> bool:
    """Whether a removal or a set-up was killed that has left a journal: then there is a receipt.

    Raises:
        UsageError: ``usage``: the receipt is whole, and knows more than the files do.
        DiscoveryError: ``receipt-invalid``: a newer version wrote it, and so it is not damaged.
    """
    try:
        receipt = read_installation(host).receipt
    except DiscoveryError as error:
        if error.code != "receipt-invalid" or "newer" in (error.hint or ""):
            raise
        return False
    if receipt is not None and receipt.state == "done":
        raise UsageError(
            "usage",
            f"the receipt is there and whole: `{host.layout.receipt}`",
            hint="leave `--without-receipt` out: the receipt gives everything back byte for byte",
        )
    return receipt is not None


def _require_rights(host: Host, stores: tuple[StoreChange, ...]) -> None:
    closed = [change.entry.store.title for change in stores if change.entry.store.needs_root]
    if closed:
        layout = host.layout
        prefix = ["--prefix", str(layout.state)] if layout.config == layout.state else []
        command = shlex.join(["uninstall", "--without-receipt", *prefix])
        invocation = render_invocation(host, python=sys.executable)
        raise needs_root(" and ".join(closed), "nothing was changed", hint=f"`{invocation} {command}`")
