"""Results as text for a person. Pure: everything returns lines."""

from __future__ import annotations

import difflib
import tomllib
from typing import TYPE_CHECKING

from proxyenv.cli.envelope import findings_data
from proxyenv.no_proxy.urls import mask_userinfo

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from proxyenv.errors import ProxyenvError
    from proxyenv.model.change import Change
    from proxyenv.model.file_state import FileState
    from proxyenv.model.findings import Findings
    from proxyenv.model.plan import Plan
    from proxyenv.model.report import Report

_KINDS = {
    "owned": "",
    "block": "  (a marked block)",
    "keys": "  (our keys only)",
    "settings": "  (our settings only)",
    "tree": "/",
}
_PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"


def printable(words: str) -> str:
    """*words* with every control character escaped: what a proxy or a file says must not steer a terminal."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in words)


def shorten(path: Path, home: Path) -> str:
    """A path as people write it."""
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def render_plan(plan: Plan, home: Path, paint: Callable[[str, str], str]) -> Iterator[str]:
    """What a person reads in ten seconds before saying yes."""
    for label, text in plan.summary:
        yield f"  {label:<8} {printable(text)}"
    if plan.summary and plan.pending:
        yield ""
    for change in plan.pending:
        yield f"  {change.action:<8} {printable(shorten(change.path, home))}{_KINDS[change.kind]}"
    for store in plan.stores:
        yield f"  empty    {printable(store.entry.store.title)} of the corporate CA"
    for note in plan.notes:
        yield f"  {paint('note', 'note')}     {printable(note)}"


def render_diff(changes: tuple[Change, ...], home: Path) -> Iterator[str]:
    """The changes without context, since the context is not ours to print.

    Of ``profiles.toml`` only the keys that change are shown: a line of it may hold an API key beside.
    """
    for change in changes:
        name = printable(shorten(change.path, home))
        if change.sensitive:
            yield f"{change.action} {name}: holds a password, not shown"
        elif change.kind == "keys":
            yield f"{change.action} {name}:"
            yield from _key_diff(change)
        elif change.kind == "settings":
            yield f"{change.action} {name}: our settings only"
            yield from (f"+{printable(line)}" for line in change.shown)
        elif _certificates(change.after) or _certificates(change.before):
            before, after = _certificates(change.before), _certificates(change.after)
            yield f"{change.action} {name}: {before} -> {after} certificates"
        elif _is_binary(change.before) or _is_binary(change.after):
            sizes = (len(state.content) if state else 0 for state in (change.before, change.after))
            yield f"{change.action} {name}: {' -> '.join(map(str, sizes))} bytes"
        else:
            old, new = (name if state else "/dev/null" for state in (change.before, change.after))
            contents = _lines(change.before), _lines(change.after)
            yield from map(printable, difflib.unified_diff(*contents, old, new, n=0, lineterm=""))
        if change.before and change.after and change.before.mode != change.after.mode:
            yield f"mode {name}: {change.before.mode:04o} -> {change.after.mode:04o}"


def _key_diff(change: Change) -> Iterator[str]:
    before, after = _keys(change.before), _keys(change.after)
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            if key in before:
                yield f"-{key} = {mask_userinfo(repr(before[key]))}"
            if key in after:
                yield f"+{key} = {mask_userinfo(repr(after[key]))}"


def _keys(state: FileState | None) -> dict[str, object]:
    """Every key of every profile, dotted."""
    document = tomllib.loads(state.content.decode("utf-8")) if state else {}
    profiles = document.get("profiles", {})
    keys = {f"profiles.{name}.{key}": value for name, keys in profiles.items() for key, value in keys.items()}
    return keys | {key: value for key, value in document.items() if key == "active"}


def _certificates(state: FileState | None) -> int:
    return state.content.count(_PEM_BEGIN) if state else 0


def _is_binary(state: FileState | None) -> bool:
    return state is not None and b"\0" in state.content


def _lines(state: FileState | None) -> list[str]:
    return state.content.decode("utf-8", "replace").splitlines() if state else []


def render_report(report: Report, paint: Callable[[str, str], str], *, verbose: bool) -> Iterator[str]:
    """One line for each outcome, below a broken one why and what to do, and at the end yes or no."""
    width = max((len(outcome.check) for outcome in report.outcomes), default=0)
    for outcome in report.outcomes:
        status = paint(f"{outcome.status:<7}", outcome.status)
        elapsed = f" ({outcome.elapsed:.1f} s)" if verbose or outcome.elapsed >= 1 else ""
        cause = f"{outcome.cause}: " if outcome.cause else ""
        detail = printable(f"{outcome.check:<{width}}  {cause}{outcome.detail}")
        yield f"{status} {detail}{elapsed}".rstrip()
        if outcome.hint and outcome.status != "ok":
            yield f"{'':<7} hint: {printable(outcome.hint)}"
    yield _verdict(report, paint)


def _verdict(report: Report, paint: Callable[[str, str], str]) -> str:
    if report.passed:
        count = sum(outcome.status == "ok" for outcome in report.outcomes)
        return f"{paint('yes', 'ok')}: {count} checks say so"
    broken = next((outcome for outcome in report.outcomes if outcome.status == "failed"), None)
    if broken is None:
        return f"{paint('no', 'failed')}: nothing was proven"
    return f"{paint('no', 'failed')}: the first that failed is {printable(broken.check)}, {broken.cause}"


def render_findings(findings: Findings) -> Iterator[str]:
    """What was found, each with its provenance."""
    return map(printable, _finding_lines(findings))


def _finding_lines(findings: Findings) -> Iterator[str]:
    data = findings_data(findings)
    for proxy in data["proxies"]:
        yield f"proxy {proxy['scheme']:<6} {proxy['url']}  from {proxy['provenance']}"
    for scheme in data["conflicts"]:
        yield f"conflict     two different values for `{scheme}`: clients would use either"
    for entry in data["no_proxy"]:
        yield f"no proxy     {entry['value']}  from {entry['provenance']}"
    for mistake in data["no_proxy_mistakes"]:
        yield f"mistake      {mistake}"
    for anchor in data["anchors"]:
        yield f"ca           {anchor['subject']}  valid until {anchor['not_after'][:10]}"
        yield f"             {anchor['fingerprint']}"
        yield f"             from {anchor['provenance']}"
    for rejection in data["rejections"]:
        yield f"set aside    {rejection['provenance']}: {rejection['reason']}"
    prefect = data["prefect"]
    yield f"prefect      {prefect['profiles_path']}, active profile {prefect['active'] or 'none'}"
    yield f"prefect api  {prefect['api_url'] or 'none: flows use an ephemeral server'}"
    for shadow in data["prefect"]["shadows"]:
        yield f"shadow       {shadow['setting']}={shadow['value']}  from {shadow['provenance']}"
    for stale in data["stale_settings"]:
        yield f"conflict     {stale['provenance']}: {stale['detail']}"
        yield f"             remedy: {stale['mend']}"
    yield f"certifi      {data['certifi']}"
    yield f"installed    {'yes' if data['installed'] else 'no'}"


def render_error(error: ProxyenvError, paint: Callable[[str, str], str]) -> Iterator[str]:
    """The message, and after a blank line the hint."""
    yield f"{paint('error', 'failed')}[{error.code}]: {printable(error.message)}"
    if error.hint:
        yield ""
        yield f"hint: {printable(error.hint)}"
