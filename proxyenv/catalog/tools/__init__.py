"""What proxyenv knows of each tool that has settings of its own: one module per tool, which owns every fact.

Here their files are read as they read them: which files, which settings, and which of them count.

To add a tool, write its module with a value ``TOOL`` and add the module's name to the list below;
then run ``scripts/tables``.
"""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from importlib import import_module
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError
from proxyenv.model.url import show_location, show_path
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.catalog.tools.tool import ConfigFile, Test, Tool
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine

MODULES: Final = (
    "pip",
    "uv",
    "poetry",
    "conda",
    "gcloud",
    "curl",
    "wget",
    "git",
    "apt",
    "bundler",
    "composer",
    "npm",
    "yarn",
    "pnpm",
    "cargo",
    "docker",
    "java",
    "maven",
    "gradle",
    "snap",
    "vscode",
)
"""The modules, in the order in which ``clients`` shows their rows."""


@cache
def load_tools() -> tuple[Tool, ...]:
    """Every tool, in the order of the list; the modules are imported at the first call."""
    tools: tuple[Tool, ...] = tuple(import_module(f"{__name__}.{name}").TOOL for name in MODULES)
    return tools


@cache
def configurable() -> dict[str, Tool]:
    """The tools that ``--configure`` takes, by name, sorted."""
    return {
        tool.name: tool
        for tool in sorted(load_tools(), key=lambda tool: tool.name)
        if tool.configure is not None
    }


def _begins_url(text: str) -> bool:
    """Whether a URL may begin there; the names of apt have `::`, and npm's scopes an `@`."""
    return ":" in text.replace("::", "") and not text.startswith("@")


class ToolSetting(NamedTuple):
    """A setting of a tool, where it counts, and each name that the file has for it: ``-k``, ``insecure``."""

    tool: Tool
    file: ConfigFile
    path: Path
    item: Item
    names: tuple[str, ...]

    @property
    def name(self) -> str:
        """As a command of the tool takes it."""
        return self.tool.spell(self.item)

    @property
    def shown_name(self) -> str:
        """The same for people: without the credentials of a URL that it is for (`http.URL.proxy` of git)."""
        section, dot, rest = self.name.partition(".")
        url, last, key = rest.rpartition(".")
        if _begins_url(section) or "@" in key:  # it stands first, or nothing follows it
            return show_location(self.name)
        return f"{section}{dot}{show_location(url)}{last}{key}"

    @property
    def owner(self) -> str:
        """The file that alone is read with it, where the tool is several programs; else nothing."""
        return f"{self.path} " if self.file.apart else ""

    @property
    def place(self) -> str:
        """Its file and line, for people."""
        return f"`{show_path(self.path)}`, line {self.item.line}"

    @property
    def provenance(self) -> str:
        """The same with its name."""
        return f"`{self.shown_name}` in {self.place}"

    def is_one_of(self, patterns: Iterable[str]) -> bool:
        """Whether it is one of those that *patterns* name, in any spelling that its tool takes."""
        fold, name = self.tool.fold, self.tool.fold(self.name)
        return any(
            fnmatchcase(name, pattern) if "*" in pattern else name == pattern
            for pattern in map(fold, patterns)
        )

    def switches(self, meanings: Iterable[tuple[str, Test]]) -> bool:
        """Whether its value is one of those that *meanings* have for it."""
        return any(self.is_one_of((pattern,)) and test(self.item.value) for pattern, test in meanings)

    @property
    def lacks_value(self) -> bool:
        """Whether its tool refuses the file for it (git: "missing value"): a name alone that is no switch."""
        return self.item.bare and self.is_one_of((*self.tool.keys.proxy, *self.tool.keys.roots))

    @property
    def is_absent(self) -> bool:
        """Whether it is a proxy that the tool takes for none of its own."""
        return self.item.value.strip().lower() in self.tool.keys.absent

    @property
    def scheme(self) -> str:
        """Which URLs a proxy is for: ``http``, ``https``, ``all``; nothing where it is for one host."""
        schemes = self.tool.keys.schemes
        return next((scheme for pattern, scheme in schemes if self.is_one_of((pattern,))), "all")


def read_tool(machine: Machine, tool: Tool, *, project: bool = False) -> tuple[ToolSetting, ...]:
    """The settings of a tool that count: of several with one name the one in the strongest file.

    Where each file is of another program, every one counts; so does one for which its tool refuses the file,
    whatever a stronger file says.

    Args:
        machine: where to look.
        tool: whose files.
        project: whether to read those of the working directory, and no others.
    """
    found: dict[str, ToolSetting] = {}
    for path, file in _find_files(machine, tool, project=project).items():
        text = machine.read(path)
        for setting in _read_file(tool, file, path, text) if text is not None else ():
            key = f"{setting.owner}{tool.fold(setting.name)}"
            if setting.lacks_value:
                key = f"{setting.place} {key}"
            found.pop(key, None)
            if tool.clear and setting.item.name == tool.clear:
                found = _clear(found, setting)
                continue
            found[key] = setting
    return tuple(found.values())


def _clear(found: dict[str, ToolSetting], clearing: ToolSetting) -> dict[str, ToolSetting]:
    """What is left of the settings of weaker files. What stands before it in its own file is gone already."""
    target = clearing.tool.fold(clearing.item.value)
    return {
        key: each
        for key, each in found.items()
        if each.path == clearing.path or not (key == target or key.startswith(f"{target}::"))
    }


def _find_files(machine: Machine, tool: Tool, *, project: bool) -> dict[Path, ConfigFile]:
    """Each file once, the weakest first."""
    files: dict[Path, ConfigFile] = {}
    for file in tool.files:
        if file.project is project and not _is_passed_over(file, machine):
            paths: Iterable[Path] = filter(None, file.paths(machine))
            if file.first:
                paths = islice(filter(machine.exists, paths), 1)
            for path in paths:
                files.setdefault(path, file)
    return files


def _is_passed_over(file: ConfigFile, machine: Machine) -> bool:
    return file.format == "whole" or (file.system and machine.platform == "win32")


def _read_file(tool: Tool, file: ConfigFile, path: Path, text: str) -> Iterator[ToolSetting]:
    from proxyenv.formats.format import effective

    items = _parse(file, path, text)
    names: dict[str, dict[str, None]] = {}
    for item in items:
        names.setdefault(item.key, {})[item.name] = None
    counted = effective(items)
    for item in tool.compose(counted):
        yield ToolSetting(tool, file, path, item, tuple(names.get(item.key, ())) or (item.name,))
    last = {item.key: item.line for item in counted}
    earlier = (item for item in items if item.bare and item.line != last[item.key])
    yield from filter(_lacks_value, (ToolSetting(tool, file, path, item, (item.name,)) for item in earlier))


def _lacks_value(setting: ToolSetting) -> bool:
    return setting.lacks_value


def _parse(file: ConfigFile, path: Path, text: str) -> list[Item]:
    """Nothing, where the file is not valid: its tool refuses it too."""
    from proxyenv.formats.settings import FORMATS

    try:
        return list(FORMATS[file.format].items(text, source=f"`{path}`"))
    except PlanError:
        return []
