"""What became of a file that was written: what it lost, in words, and what writes it again."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.clients.table import PROXY_VARIABLES
from proxyenv.catalog.shells.posix import parse_names, parse_values
from proxyenv.certificates.pem import parse_blocks
from proxyenv.errors import DiscoveryError, PlanError, TrustError, UsageError
from proxyenv.formats.block import remove_block
from proxyenv.model.change import unpack_tree
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.plan.kinds import KINDS
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.change import FileState
    from proxyenv.model.installation import Installation, Layout
    from proxyenv.model.receipt import FileEntry, Receipt

_REFRESH: Final = "`proxyenv refresh` writes it again"
_MANY: Final = 4
_INACTIVE: Final = "changed since: `active`"


class Damage(NamedTuple):
    """What became of a file.

    Args:
        cause: `missing`, `modified` or `profile-inactive`.
        detail: what is wrong, as a clause.
        hint: one next step.
    """

    cause: str
    detail: str
    hint: str


def find_damage(entry: FileEntry, installation: Installation, layout: Layout) -> Damage | None:
    """What is wrong with a file, or with our part of it; ``None``: nothing.

    Args:
        entry: the file, as the receipt has it.
        installation: the receipt, the configuration and the files as they are.
        layout: which file is which.
    """
    path = entry.path
    if os.path.islink(path):  # noqa: PTH114 - never raises
        target = os.readlink(path)  # noqa: PTH115 - as it is written there
        detail = f"it is a symbolic link to `{target}` now"
        return Damage("modified", detail, f"remove the link `{path}`, then `proxyenv refresh`")
    try:
        state = installation.state(path)
    except DiscoveryError as error:
        step = f"make `{path}` readable" if path.is_file() else f"move `{path}` away"
        return Damage("modified", error.message, f"{step}, then `proxyenv refresh`")
    if path == installation.links.get(layout.configuration):
        return _judge_configuration(state, installation)
    if state is None:
        return Damage("missing", "the file is gone", _REFRESH)
    return _judge_state(entry, state, installation, layout)


def _judge_state(
    entry: FileEntry, state: FileState, installation: Installation, layout: Layout
) -> Damage | None:
    problem = None if state.digest == entry.digest else KINDS[entry.kind].damage(entry, state, layout)
    if problem:
        if entry.profile is not None and problem == _INACTIVE:
            detail = f"another profile than `{entry.profile}` is active in it"
            return Damage("profile-inactive", detail, "`proxyenv refresh` makes it active again")
        blocked = _why_refused(entry, state)
        if blocked:
            return Damage("modified", *blocked)
        detail = _describe(entry, state, installation, layout) or problem
        return Damage("modified", detail, _REFRESH)
    if entry.mode not in {None, state.mode}:
        detail = f"its mode is {state.mode:04o}; {entry.mode:04o} was written"
        return Damage("modified", detail, _REFRESH)
    return None


def _judge_configuration(state: FileState | None, installation: Installation) -> Damage:
    """The intent itself: nothing can write it again, and an edit may be meant."""
    if state is None:
        hint = "set up again with the options of the first time: `proxyenv setup`"
        return Damage("missing", "the file is gone, and with it what `proxyenv refresh` starts from", hint)
    if installation.damage:
        return Damage("modified", installation.damage.message, installation.damage.hint or _REFRESH)
    hint = "`proxyenv diff` shows what `proxyenv refresh` would make of it"
    return Damage("modified", "it was edited after it was written", hint)


def _describe(entry: FileEntry, state: FileState, installation: Installation, layout: Layout) -> str | None:
    if entry.kind not in {"owned", "tree"}:
        return None
    if not state.content:
        return "it is empty"
    receipt = installation.receipt
    if receipt and entry.path.name in {layout.bundle.name, layout.corporate.name, layout.certs.name}:
        return _describe_roots(entry, state, receipt)
    if receipt and entry.path.name == layout.env_file("sh").name:
        return "; ".join(_describe_variables(state.text, receipt, installation)) or None
    return None


def _describe_roots(entry: FileEntry, state: FileState, receipt: Receipt) -> str | None:
    """Which corporate CA it no longer holds, or why it cannot be read."""
    is_tree = entry.kind == "tree"
    contents = [leaf.content for leaf in unpack_tree(state.content)] if is_tree else [state.content]
    try:
        blocks = [each for data in contents for each in parse_blocks(data, source="the file")]
    except TrustError as error:
        return f"it was changed after it was written, and cannot be read: {error.message}"
    found = {block.fingerprint for block in blocks}
    lost = [f"`{anchor.subject}`" for anchor in receipt.anchors if anchor.fingerprint not in found]
    return f"it no longer holds the corporate CA {' and '.join(lost)}" if lost else None


def _describe_variables(text: str, receipt: Receipt, installation: Installation) -> Iterator[str]:
    """What `env.sh` no longer says, and what it says otherwise; no value, as it may hold a password."""
    names = parse_names(text)
    if lost := [name for name in receipt.variables if name not in names]:
        yield f"it no longer sets {_list(lost)}"
    saved, values = installation.configuration, parse_values(text)
    wanted = {"http": saved.http_proxy, "https": saved.https_proxy} if saved else {}
    pairs = ((name, url) for scheme, url in wanted.items() for name in PROXY_VARIABLES[scheme])
    if other := [name for name, url in pairs if url and name in values and not _is_same(values[name], url)]:
        yield f"it names another proxy than was set up: {_list(other)}"


def _list(names: list[str]) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(f"`{name}`" for name in names[:_MANY]) + more


def _is_same(value: str, wanted: str) -> bool:
    try:
        return parse_proxy_url(value) == parse_proxy_url(wanted)
    except UsageError:
        return False


def _why_refused(entry: FileEntry, state: FileState) -> tuple[str, str] | None:
    """Why `refresh` would refuse the file as it is, and what to do first."""
    source = f"`{entry.path}`"
    try:
        if entry.kind == "block":
            remove_block(state.text, source=source)
        elif not KINDS[entry.kind].is_ours:
            from proxyenv.formats.settings import lost_keys

            lost_keys(state.text, entry.grammar or "profiles", entry.keys, source=source)
    except (DiscoveryError, PlanError) as error:
        is_block = error.code == "block-damaged"
        step = error.hint if is_block and error.hint else f"correct {source} or move it away"
        return error.message, f"{step}, then `proxyenv refresh`"
    return None
