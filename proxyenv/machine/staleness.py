"""What changed since the machine was set up and ``refresh`` would take over; found without making a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import ProxyenvError
from proxyenv.machine.ca_sources import find_means, read_given
from proxyenv.machine.drift import (
    describe_rotation,
    judge_certifi,
    judge_file,
    judge_policy,
    judge_run,
    judge_sources,
    judge_system,
)
from proxyenv.machine.installation import missing_receipt
from proxyenv.model.intent import Rank
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from proxyenv.errors import DiscoveryError
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.intent import Intent
    from proxyenv.model.report import Outcome


class Staleness(NamedTuple):
    """Why a ``refresh`` is due.

    Args:
        outcomes: one for each reason; none where everything is as it was.
        notes: what could not be looked at, a sentence each: what was made from it stays.
    """

    outcomes: tuple[Outcome, ...]
    notes: tuple[str, ...] = ()


def find_staleness(
    host: Host,
    installation: Installation,
    intent: Intent,
    *,
    now: datetime,
    fetched: Mapping[str, bytes | DiscoveryError],
) -> Staleness:
    """Compare certifi, the system's roots, the CA's own sources, the policy and what was written.

    What a connection shows plays no part.

    Args:
        host: the machine.
        installation: the receipt and the files.
        intent: what ``refresh`` would do.
        now: aware, UTC.
        fetched: what the URLs among the CAs of a policy hold.

    Raises:
        DiscoveryError: ``not-installed``.
    """
    receipt = installation.receipt
    if receipt is None:
        raise missing_receipt(host, installation)
    notes: list[str] = []
    found = [
        *judge_run(receipt),
        *(judge_file(entry, installation, host.layout) for entry in receipt.entries),
        *judge_certifi(receipt),
        *judge_system(receipt),
        *judge_policy(host, installation),
    ]
    if intent.rank("ca") is Rank.POLICY:
        try:
            means = find_means(intent, host)._replace(fetched=fetched)
            given = read_given(intent.ca, host=host, now=now, means=means)
        except ProxyenvError as error:
            notes.append(f"{error.message}; what was made from it stays")
        else:
            there = {each.value.fingerprint: each.value.subject for each in given}
            known = {anchor.fingerprint: anchor.subject for anchor in receipt.anchors}
            found += [describe_rotation(known, there)] if there.keys() != known.keys() else []
    else:
        found += judge_sources(host, installation, receipt, now)
    return Staleness(tuple(each for each in found if each.status == "failed"), tuple(notes))
