"""What the receipt's CAs are worth today: when they expire, and which Python refuses them."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from proxyenv.certificates.pem import parse_blocks
from proxyenv.certificates.verdicts import judge_records, list_versions
from proxyenv.errors import DiscoveryError, TrustError
from proxyenv.machine.distributions import find_python_version
from proxyenv.machine.pythons import find_pythons
from proxyenv.model.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import AnchorRecord

_WARN_BEFORE: Final = timedelta(days=30)


def judge_anchors(
    host: Host,
    installation: Installation,
    *,
    now: datetime,
    pythons: tuple[str, ...] = (),
    targets: tuple[str, ...] | None = None,
) -> Iterator[Outcome]:
    """One outcome for each CA, and one for each Python that refuses it.

    The verdicts of the receipt serve while the file of the CAs is as written and they name the Python in
    question; otherwise they are worked out again, which imports cryptography.

    Args:
        host: the machine.
        installation: the receipt and the files.
        now: aware, UTC.
        pythons: the interpreters that run the user's flows; none: the one that most probably does.
        targets: versions of Python to judge for too; ``None`` for those of the configuration.
    """
    receipt, saved = installation.receipt, installation.configuration
    if receipt is None or not receipt.anchors:
        return
    yield from (_judge_expiry(anchor, now) for anchor in receipt.anchors)
    if targets is None:
        targets = saved.target_pythons if saved else ()
    if not pythons:
        pythons = (find_pythons(host, (), saved.venvs if saved else ()).chosen[0].path,)
    versions = tuple(dict.fromkeys(filter(None, map(find_python_version, pythons))))
    judged = _read_verdicts(host, installation, list_versions(versions, targets))
    yield from judge_records(judged, versions, targets)


def _judge_expiry(anchor: AnchorRecord, now: datetime) -> Outcome:
    check = f"ca [{anchor.fingerprint[:16]}]"
    not_after = datetime.fromisoformat(anchor.not_after)
    detail = f"{anchor.subject}, valid until {not_after:%Y-%m-%d}"
    if not_after < now:
        hint = "ask for its successor, and set up with `--ca FILE`"
        return Outcome(check, "failed", "ca-has-expired", detail, hint)
    if not_after < now + _WARN_BEFORE:
        hint = "ask for its successor, and add it with `--ca FILE`; `--replace-ca --ca FILE` ends the change"
        return Outcome(check, "warning", "ca-expires", detail, f"{hint}, once the proxy uses it")
    return Outcome(check, "ok", detail=detail)


def _read_verdicts(
    host: Host, installation: Installation, wanted: tuple[str, ...]
) -> tuple[AnchorRecord, ...]:
    """The CAs with what each of the versions *wanted* says to them."""
    receipt, path = installation.receipt, host.layout.corporate
    if receipt is None:
        return ()
    try:
        state = installation.state(path)
    except DiscoveryError:
        return receipt.anchors
    written = {entry.path: entry.digest for entry in receipt.entries}
    same = state is not None and written.get(installation.links.get(path, path)) == state.digest
    if state is None or (same and all(set(wanted) <= dict(each.verdicts).keys() for each in receipt.anchors)):
        return receipt.anchors
    try:
        ders = [block.der for block in parse_blocks(state.content, source=str(path))]
    except TrustError:
        return receipt.anchors  # the row of the file says what is wrong with it
    from proxyenv.certificates.inspection import judge_cas

    verdicts = {hashlib.sha256(der).hexdigest(): each for der, each in judge_cas(ders, wanted).items()}
    return tuple(
        each._replace(verdicts=verdicts.get(each.fingerprint, each.verdicts)) for each in receipt.anchors
    )
