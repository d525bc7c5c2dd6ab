"""``proxyenv uninstall --without-receipt``: the receipt is rebuilt, and then everything goes as always."""

from __future__ import annotations

import shlex
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from proxyenv import __version__
from proxyenv.apply.atomic import observe
from proxyenv.apply.faults import nothing_changed
from proxyenv.apply.programs import passes
from proxyenv.apply.receipts import write_rebuilt_receipt
from proxyenv.catalog.stores import STORE_KINDS
from proxyenv.commands.trust_stores import plan_emptying
from proxyenv.errors import DiscoveryError, UsageError, needs_root
from proxyenv.machine.authority import require_authority, require_reach
from proxyenv.machine.installation import read_installation, read_receipt
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.traces import read_traces
from proxyenv.model.change import Plan
from proxyenv.model.receipt import Receipt
from proxyenv.plan.rebuilding import rebuild_receipt
from proxyenv.plan.removal import known_entries, plan_removal
from proxyenv.plan.stores import render_invocation, require_root

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.store import StoreChange


class WithoutReceipt(NamedTuple):
    """What is done where the receipt is lost, damaged or refused.

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
    refused = _find_refused(host)
    traces = read_traces(host, passes=passes, refused=refused)
    receipt, notes = rebuild_receipt(host, traces, version=__version__, refused=refused)
    if receipt is None and damaged is not None:
        receipt = Receipt(__version__, "applying", ())
    if receipt is None:
        return WithoutReceipt(Plan((), host.layout.receipt, None, notes=notes), None)
    require_authority(host, receipt)
    stores = plan_emptying(host, receipt, STORE_KINDS).changes
    _require_rights(host, stores)
    plan = plan_removal(host, traces.installation._replace(receipt=receipt), stores=stores)
    require_reach(host, plan)
    require_root(host, plan, python=sys.executable, arguments=("uninstall", "--without-receipt"))
    return WithoutReceipt(
        plan._replace(notes=(*notes, *plan.notes, *_describe_left(host, plan, refused))),
        lambda: write_rebuilt_receipt(host.layout.receipt, receipt, instead_of=damaged),
    )


def _find_refused(host: Host) -> Receipt | None:
    """A receipt that can be read, and is not obeyed for what it names."""
    with suppress(DiscoveryError):
        return read_receipt(host)
    return None


def _describe_left(host: Host, plan: Plan, refused: Receipt | None) -> Iterator[str]:
    """What a refused receipt names and nothing is done to."""
    if refused is None:
        return
    touched, machine = {change.path for change in plan.changes}, LocalMachine(host)
    for path in known_entries(refused):
        if path not in touched and machine.exists(path):
            yield f"the receipt names `{path}`, which is left as it is: look there for what `proxyenv` wrote"
    for entry in refused.pools:
        yield f"the work pool `{entry.pool}` of `{entry.api}` keeps what was written into it"


def goes_on(host: Host) -> bool:
    """Whether a removal or a set-up was killed that has left a journal: then there is a receipt.

    Raises:
        UsageError: ``usage``: the receipt is whole, and knows more than the files do.
        DiscoveryError: ``receipt-invalid``: a newer version wrote it, and so it is not damaged;
            ``foreign-receipt``: others could have written it.
    """
    try:
        receipt = read_installation(host).receipt
        require_authority(host, receipt)
        if receipt is not None:
            plan_emptying(host, receipt, STORE_KINDS)
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
