"""Reads what a process of the user's takes instead of what was written."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from proxyenv.decide.expectation import expect, name_profile
from proxyenv.decide.overrides import Case, find_roots, judge_variables
from proxyenv.decide.prefect_overrides import judge_prefect
from proxyenv.errors import DiscoveryError
from proxyenv.formats.profile import find_profile
from proxyenv.machine.named_roots import read_roots
from proxyenv.machine.prefect import find_prefect
from proxyenv.model.additions import choose_additions
from proxyenv.model.installation import find_lacking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.decide.expectation import Expectation
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.findings import PrefectFindings
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Installation
    from proxyenv.model.receipt import Receipt
    from proxyenv.model.tools import Conflict


def judge_process(
    host: Host,
    installation: Installation,
    saved: Configuration,
    receipt: Receipt,
    environment: Mapping[str, str],
) -> tuple[Conflict, ...]:
    """What :func:`proxyenv.machine.drift.read_overrides` answers, for a process that may have some."""
    try:
        expected = expect(host, saved, receipt)
        process = host._replace(environment=_complete(saved, receipt, expected, environment))
        case = _read_case(process, saved, receipt, expected, installation)
        is_sourced = saved.uses_plugin or not find_lacking(expected.values, process.environment)
        variables = judge_variables(case) if is_sourced else ()
    except DiscoveryError:  # the configuration or the profile is damaged, which is said of the file
        return ()
    return (*variables, *(judge_prefect(case, case.prefect) if case.prefect else ()))


def _complete(
    saved: Configuration, receipt: Receipt, expected: Expectation, environment: Mapping[str, str]
) -> Mapping[str, str]:
    """*environment*, with the name of a profile that is not the active one, and with what the plugin adds."""
    found = name_profile(saved, receipt, environment)
    if not saved.uses_plugin:
        return found
    return choose_additions(expected.values, found, os.path.exists).variables | found


def _read_case(
    process: Host,
    saved: Configuration,
    receipt: Receipt,
    expected: Expectation,
    installation: Installation,
) -> Case:
    case = Case(
        process,
        saved,
        expected,
        bool(receipt.anchors),
        receipt.profile or "",
        profile=_read_profile(installation, receipt),
        profiles=str(receipt.profiles),
        prefect=_read_prefect(process),
        roots={},
    )
    anchors = frozenset(anchor.fingerprint for anchor in receipt.anchors)
    places = {path: process.absolute(path, expand=False) for path in find_roots(case)}
    return case._replace(roots={path: read_roots(place, anchors) for path, place in places.items()})


def _read_prefect(process: Host) -> PrefectFindings | None:
    try:
        return find_prefect(process)
    except DiscoveryError:  # which is said of the file
        return None


def _read_profile(installation: Installation, receipt: Receipt) -> Mapping[str, object]:
    state = installation.state(receipt.profiles) if receipt.profiles else None
    return (find_profile(state.text, receipt.profile or "") or {}) if state else {}
