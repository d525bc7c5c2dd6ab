"""The dialects of clients with what their own files say of their way."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from proxyenv.catalog.tools import load_tools, read_tool
from proxyenv.catalog.tools.rerouting import REROUTES
from proxyenv.no_proxy.dialects.dialect import mask_credentials

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from proxyenv.catalog.tools import ToolSetting
    from proxyenv.catalog.tools.tool import Tool
    from proxyenv.model.machine import Machine
    from proxyenv.model.route import Route
    from proxyenv.no_proxy.dialects.dialect import Dialect, Router


def read_dialects(machine: Machine, dialects: tuple[Dialect, ...]) -> tuple[Dialect, ...]:
    """The dialects as they route on this machine; those without a file stay as they are."""
    own = {name: tool for tool in load_tools() for name in tool.dialects}
    settings = {tool.name: _borrow(machine, tool, _find_settings(machine, tool)) for tool in own.values()}
    return tuple(
        _with_files(each, own[each.name], settings[own[each.name].name], machine)
        if each.name in own and settings[own[each.name].name]
        else each
        for each in dialects
    )


def _borrow(machine: Machine, tool: Tool, found: Iterable[ToolSetting]) -> tuple[ToolSetting, ...]:
    """The settings, and those of other tools that it reads where its own files have none of that name."""
    mine = tuple(found)
    tools = {each.name: each for each in load_tools()} if tool.borrows else {}
    lent = (
        setting
        for owner, name in tool.borrows
        if not any(each.is_one_of((name,)) for each in mine)
        for setting in _find_settings(machine, tools[owner])
        if setting.is_one_of((name,))
    )
    return (*mine, *lent)


def _find_settings(machine: Machine, tool: Tool) -> Iterable[ToolSetting]:
    """Those that say something of the way; the working directory's are read by the tool too."""
    keys = tool.keys
    names = (*keys.proxy, *keys.exceptions, *(name for name, _ in keys.direct))
    found = (*read_tool(machine, tool), *read_tool(machine, tool, project=True))
    return (setting for setting in found if setting.is_one_of(names) and not setting.lacks_value)


def _with_files(dialect: Dialect, tool: Tool, settings: tuple[ToolSetting, ...], machine: Machine) -> Dialect:
    values = {
        tool.fold(setting.name): tool.expand(setting.item.value, machine.nameable) for setting in settings
    }
    reroute = REROUTES[tool.reroute]
    places = ", ".join(dict.fromkeys(setting.provenance for setting in settings))

    def prepare(environment: Mapping[str, str]) -> Router:
        usual = dialect.prepare(environment)

        def route(url: str) -> Route:
            said = reroute(values, environment, url)
            if said == environment:
                return usual(url)
            found = dialect.prepare(said)(url)
            reason = mask_credentials(f"{found.reason}, by {places}", *values.values())
            return replace(found, reason=reason)

        return route

    return replace(dialect, prepare=prepare, plain=dialect.prepare)
