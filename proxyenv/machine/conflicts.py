"""Finds conflicting settings: the user's own that work against what proxyenv writes. Nothing is executed."""

from __future__ import annotations

import os
import re
import shlex
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

from proxyenv.catalog.clients.table import VARIABLES
from proxyenv.catalog.tools import load_tools, read_tool
from proxyenv.catalog.tools.tool import BY_HAND, is_path
from proxyenv.errors import UsageError
from proxyenv.machine.named_roots import find_lack
from proxyenv.model.proxy_url import describe_proxy, parse_proxy_url
from proxyenv.model.tools import Conflict, ToolProxy
from proxyenv.model.url import show_location, show_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Protocol

    from proxyenv.catalog.tools import ToolSetting
    from proxyenv.model.machine import Machine

    class _FindLack(Protocol):
        """:func:`find_lack`, which remembers its answers."""

        def __call__(self, path: Path, anchors: frozenset[str], *, gnutls: bool = False) -> str | None: ...


def find_conflicts(
    machine: Machine,
    proxies: tuple[str, ...],
    *,
    anchors: frozenset[str] = frozenset(),
    roots: frozenset[str] = frozenset(),
    is_root: bool = False,
) -> tuple[Conflict, ...]:
    """Every setting that switches verification off, names a CA file that will not do or another proxy.

    So is one that its tool does not understand as it was meant.

    Args:
        machine: where to look.
        proxies: those that are meant; empty means that none is known, and none can differ.
        anchors: the fingerprints of the corporate CAs; empty means that no file can lack them.
        roots: the variables by which the env files name CA files; the file of a tool that prefers one of
            them may lack the corporate CA.
        is_root: whether the commands that remove a setting need no ``sudo``.
    """
    find = cache(find_lack)  # several settings may name the same file
    found = [*_judge_variables(machine, proxies, anchors, find)]
    for tool in load_tools():
        settings = read_tool(machine, tool)
        times = Counter((each.path, each.name) for each in settings)
        for setting in settings:
            needed = frozenset() if tool.beats_roots in roots else anchors
            reason = _judge(setting, machine, proxies, needed, find)
            if reason is not None:
                cause, detail = reason
                shared = times[setting.path, setting.name] > 1
                remedy = _render_remedy(setting, machine, is_root=is_root, shared=shared)
                found.append(Conflict(tool.name, cause, setting.shown_name, setting.place, detail, remedy))
    return tuple(found)


def find_tool_proxies(machine: Machine) -> Iterator[ToolProxy]:
    """Every proxy that a tool has in a file of its own, in the order of the tools."""
    for tool in load_tools():
        for setting in read_tool(machine, tool):
            if setting.is_one_of(tool.keys.proxy) and not setting.lacks_value:
                value = tool.expand(setting.item.value, machine.nameable)
                yield ToolProxy(tool.name, setting.shown_name, setting.path.as_posix(), value)


def _judge(
    setting: ToolSetting,
    machine: Machine,
    proxies: tuple[str, ...],
    anchors: frozenset[str],
    find: _FindLack,
) -> tuple[str, str] | None:
    """The cause of a conflict and its detail; ``None`` where there is none."""
    keys, name, tool = setting.tool.keys, setting.shown_name, setting.tool.name
    if setting.lacks_value:
        cause = "value-missing"
        where = f"in requests{target}" if (target := _find_target(setting)) else "whatever other files say"
        return cause, f"`{name}` has no value, and {tool} refuses its file, {where}"
    if setting.switches(keys.unverified):
        return "verification-off", f"with `{name}` {tool} does not verify certificates"
    taken = setting.tool.expand(setting.item.value, machine.nameable)  # not shown: it may hold a secret
    if setting.is_one_of(keys.roots):
        return _judge_roots(setting, machine, taken, anchors, find) if is_path(taken) else None
    return _judge_way(setting, taken, proxies)


def _judge_way(setting: ToolSetting, taken: str, proxies: tuple[str, ...]) -> tuple[str, str] | None:
    keys, name, tool = setting.tool.keys, setting.shown_name, setting.tool.name
    if proxies and setting.switches(keys.direct):
        cause = "proxy-off"
        return cause, f"`{name}` sends {tool}{_find_target(setting)} past every proxy"
    if setting.is_absent:
        return None
    if setting.is_one_of(keys.proxy) and _is_other(taken, proxies):
        return "proxy-differs", f"`{name}` {_describe_other(setting, taken)}"
    if not setting.is_one_of(keys.exceptions):
        return None
    from proxyenv.model.slips import find_word
    from proxyenv.no_proxy.entries import split_entries

    word = find_word(split_entries(taken))
    if not word:
        return None
    cause = "no-proxy-word"
    return cause, f"`{name}` says `{word}`, which {tool} takes for the name of a host"


def _judge_roots(
    setting: ToolSetting, machine: Machine, taken: str, anchors: frozenset[str], find: _FindLack
) -> tuple[str, str] | None:
    path = machine.absolute(taken)
    said = f"`{setting.shown_name}` names `{show_path(setting.item.value)}`, which"
    if not machine.exists(path):
        return "ca-file-missing", f"{said} does not exist"
    lack = find(path, anchors, gnutls=setting.tool.gnutls)
    return ("ca-file-differs", f"{said} {lack}") if lack else None


def _describe_other(setting: ToolSetting, taken: str) -> str:
    """What a setting says that names another proxy, as a clause; *taken* is what the tool makes of it."""
    from proxyenv.model.slips import describe_nothing

    if clause := describe_nothing(taken, f"{setting.tool.name} takes"):
        return clause
    value = setting.item.value
    shown = describe_proxy(value) if taken == value else f"`{show_location(value)}`"
    return f"names another proxy, {shown}"


def _find_target(setting: ToolSetting) -> str:
    """The hosts that a setting is about, where it is not about all."""
    matched = re.search(r"(?<![a-z])[a-z]+://[^ ]*", show_location(setting.item.section))
    return f" to `{matched[0]}`" if matched else ""


def _judge_variables(
    machine: Machine, proxies: tuple[str, ...], anchors: frozenset[str], find: _FindLack
) -> Iterator[Conflict]:
    """Variables that only one tool reads, and that the env files neither set nor unset."""
    for tool, keys in VARIABLES.items():
        for name, test in keys.unverified:
            value = machine.environment.get(name)
            if value is not None and test(value):
                detail = f"with it {tool} does not verify certificates"
                yield _variable(tool, "verification-off", name, detail)
        for name in keys.roots:
            value = machine.environment.get(name, "")
            path, shown = machine.absolute(value, expand=False), show_path(value)
            if os.sep in value and not machine.exists(path):
                yield _variable(tool, "ca-file-missing", name, f"it names `{shown}`, which does not exist")
            elif os.sep in value and (lack := find(path, anchors)):
                yield _variable(tool, "ca-file-differs", name, f"it names `{shown}`, which {lack}")
        for name in keys.proxy:
            value = machine.environment.get(name, "")
            if value.lower() not in keys.absent and _is_other(value, proxies):
                detail = f"it names another proxy, {describe_proxy(value)}"
                yield _variable(tool, "proxy-differs", name, detail)


def _variable(tool: str, cause: str, name: str, detail: str) -> Conflict:
    return Conflict(tool, cause, name, f"`{name}` in the environment", detail, f"unset {name}")


def _is_other(value: str, proxies: tuple[str, ...]) -> bool:
    """Whether a value names a proxy that is none of those that are meant, in any spelling."""
    if not proxies or not value.strip():
        return False
    try:
        proxy = parse_proxy_url(value)
        return all(parse_proxy_url(each) != proxy for each in proxies)
    except UsageError:
        return value not in proxies


def _render_remedy(setting: ToolSetting, machine: Machine, *, is_root: bool, shared: bool) -> str:
    """The command that removes the setting, or what to do by hand: also where it would remove another."""
    file, item = setting.file, setting.item
    sudo = "sudo " if file.system and not is_root and machine.platform != "win32" else ""
    command = file.remove(item) if callable(file.remove) else file.remove
    by_hand = f"take `{setting.shown_name}` out of line {item.line} of {show_path(setting.path)}"
    hides = setting.shown_name != setting.name or show_path(setting.path) != str(setting.path)
    if shared or hides:  # a command would need the name, or the path, with its password
        return by_hand
    if command:
        path = shlex.quote(str(setting.path))
        return sudo + command.format(name=shlex.quote(setting.name), path=path)
    if command == BY_HAND or item.last > item.line or machine.platform == "win32":
        return by_hand
    script = shlex.quote(_render_script(item.section, setting.names))
    target = shlex.quote(os.path.realpath(setting.path))  # sed would replace a link by a file
    return f"{sudo}sed -E -i{' ' + repr('') if machine.platform == 'darwin' else ''} {script} {target}"


def _render_script(section: str, names: tuple[str, ...]) -> str:
    """For ``sed``: every line of the section that sets one of these. A value may be secret."""
    name = _escape(names[0]) if len(names) == 1 else f"({'|'.join(map(_escape, names))})"
    drop = f'/^[[:space:]]*"?{name}"?([[:space:]=:]|$)/d'
    if not section:
        return drop
    return f"/^[[:space:]]*\\[{_escape(section)}\\]/,/^[[:space:]]*\\[/{{{drop};}}"


def _escape(text: str) -> str:
    return re.sub(r"([][\\/.*+?(){}|^$])", r"\\\1", text)
