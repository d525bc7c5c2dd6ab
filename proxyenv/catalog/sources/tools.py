"""The files of the tools: npm, git, pip, curl and all others of the catalogue.

What they say is proposed, since it may be meant for that tool alone; what those of the working directory say
is shown, since whoever made a repository would choose the proxy of who cloned it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.tools import load_tools, read_tool
from proxyenv.catalog.tools.tool import not_empty
from proxyenv.formats.parse import parse_json
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.slips import describe_nothing, names_nothing
from proxyenv.model.url import show_location

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.catalog.tools import ToolSetting
    from proxyenv.model.machine import Machine

_TOOLS: Final = "tools"
_PROJECT: Final = "project"
_OF_THE_SYSTEM: Final = frozenset({"apt"})
"""Tools of the operating system: the proxy that they name is not proposed for the user."""

_DEVCONTAINERS: Final = (".devcontainer", ".devcontainer.json")

Proxies = tuple[tuple[str, Found[str]], ...]


def read(machine: Machine) -> SourceSettings:
    """What the files of the user and of the machine say."""
    tools = (tool for tool in load_tools() if tool.name not in _OF_THE_SYSTEM)
    settings = tuple(setting for tool in tools for setting in read_tool(machine, tool))
    return _sort_out(machine, settings, _TOOLS)._replace(use="proposed")


def read_project(machine: Machine) -> SourceSettings:
    """What the files of the working directory say, which is not the home."""
    if machine.absolute(".") == machine.home:
        return SourceSettings(_PROJECT, use="shown")
    settings = (setting for tool in load_tools() for setting in read_tool(machine, tool, project=True))
    found = _sort_out(machine, settings, _PROJECT)._replace(use="shown")
    if not any(machine.exists(machine.absolute(name)) for name in _DEVCONTAINERS):
        return found
    from proxyenv.catalog.sources.devcontainer import read_devcontainers

    return found.joined(read_devcontainers(machine, _PROJECT))


def _sort_out(machine: Machine, settings: Iterable[ToolSetting], source: str) -> SourceSettings:
    """The settings of tools as those of a source.

    Args:
        machine: for the variables in values.
        settings: of one tool or of several, those of each together.
        source: its name.
    """
    of_tools: dict[str, list[ToolSetting]] = {}
    for setting in settings:
        of_tools.setdefault(f"{setting.owner}{setting.tool.name}", []).append(setting)
    return SourceSettings(
        source,
        tuple(pair for group in of_tools.values() for pair in _find_proxies(machine, group)),
        tuple(found for group in of_tools.values() for found in _find_lists(machine, group)),
        direct=tuple(found for group in of_tools.values() for found in _find_direct(group)),
        notes=tuple(found for group in of_tools.values() for found in _find_narrow(machine, group)),
    )


def _find_proxies(machine: Machine, group: list[ToolSetting]) -> Proxies:
    """What a tool names; one that is for every scheme gives way to those for one."""
    found = {
        setting.scheme: Found(value, setting.provenance)
        for setting in group
        if setting.is_one_of(setting.tool.keys.proxy)
        and not (setting.lacks_value or setting.switches(setting.tool.keys.direct))
        for value in (setting.tool.expand(setting.item.value, machine.nameable),)
        if setting.scheme and not setting.is_absent and not_empty(value) and not names_nothing(value)
    }
    rest = found.pop("all", None)
    if rest is None:
        return tuple(found.items())
    if not found:
        return (("all", rest),)
    return tuple({"http": rest, "https": rest, **found}.items())


def _find_narrow(machine: Machine, group: list[ToolSetting]) -> Iterable[Found[str]]:
    """Proxies that are for one host alone, and what no tool takes for a proxy."""
    for setting in group:
        value = setting.tool.expand(setting.item.value, machine.nameable)
        if setting.lacks_value:
            yield Found(f"has no value, and {setting.tool.name} refuses the file", setting.provenance)
        elif setting.is_one_of(setting.tool.keys.proxy) and not setting.scheme and not names_nothing(value):
            said = f"{setting.tool.name} has the proxy `{show_location(value)}` for one host alone: not taken"
            yield Found(said, setting.provenance)


def _find_lists(machine: Machine, group: list[ToolSetting]) -> tuple[Found[str], ...]:
    return tuple(
        Found(_join(setting.tool.expand(setting.item.value, machine.nameable)), setting.provenance)
        for setting in group
        if setting.is_one_of(setting.tool.keys.exceptions)
        and not_empty(setting.item.value)
        and not setting.switches(setting.tool.keys.direct)
    )


def _join(value: str) -> str:
    """A list as NO_PROXY has it: JSON and TOML write it in brackets."""
    if not value.startswith("["):
        return value
    try:
        read_list = parse_json(value)
    except ValueError:
        return value
    return ",".join(each for each in read_list if isinstance(each, str))


def _find_direct(group: list[ToolSetting]) -> tuple[Found[str], ...]:
    return tuple(Found(said, setting.provenance) for setting in group if (said := _describe_direct(setting)))


def _describe_direct(setting: ToolSetting) -> str:
    """What a setting says in the place of a proxy; nothing where it names one, or is about something else."""
    name, value = setting.tool.name, setting.item.value
    if setting.switches(setting.tool.keys.direct):
        return f"{name} goes direct"
    if not setting.is_one_of(setting.tool.keys.proxy):
        return ""
    if setting.is_absent:
        return f"{name} has no proxy of its own"
    return describe_nothing(value, f"{name} takes") or ""


SOURCE: Final = Source(_TOOLS, read, "the modules of catalog/tools")
PROJECT: Final = Source(_PROJECT, read_project, "the modules of catalog/tools")
