"""The tools' own settings: what to write into their files, and what in them conflicts."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Literal

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

ALL_INSTALLED = "all-installed"
"""Stands for every tool that ``--configure`` takes and this machine has."""

ENVIRONMENT = "environment"
"""Stands for the clients that read one variable."""

PREFECT = "Prefect"
"""The name of Prefect among the tools."""

Aspect = Literal["proxy", "roots"]
"""What a setting tells a tool."""


class ToolFile(NamedTuple):
    """A file of a tool, and what to write into it.

    Args:
        tool: the tool's name.
        path: the file, as its tool names it.
        grammar: how it is written: a name of ``formats.FORMATS``.
        settings: key → value, both as *grammar* spells them.
        content: the whole content, for a file that only proxyenv writes; then *settings* are empty.
        sensitive: whether any of it is a password.
    """

    tool: str
    path: Path
    grammar: str
    settings: tuple[tuple[str, str], ...] = ()
    content: str | None = None
    sensitive: bool = False

    def __repr__(self) -> str:
        """Without the settings and the content: both may hold a password."""
        return f"ToolFile(tool={self.tool!r}, path={self.path!r}, grammar={self.grammar!r})"


class Conflict(NamedTuple):
    """A conflicting setting: one of the user's own that works against what proxyenv writes.

    Args:
        tool: whose setting it is, such as ``git``; :data:`ENVIRONMENT` for variables that many read.
        cause: a code of the family ``causes``.
        setting: its name, as its tool spells it.
        provenance: ```FILE`, line N``, or ```NAME` in the environment``.
        detail: what it does, as a clause; no password.
        remedy: the command that removes it; where there is none, what to do, with the setting in backticks.
        beats: what was written and does not count because of it; empty where that is the tool's own affair.
        aspect: what it changes for clients; ``None``: neither the proxy nor the roots.
        breaks: whether Prefect's processes fail by it, or do something else than was set up.
    """

    tool: str
    cause: str
    setting: str
    provenance: str
    detail: str
    remedy: str
    beats: str = ""
    aspect: Aspect | None = None
    breaks: bool = False


class NamedRoots(NamedTuple):
    """What a path names that should name trust anchors.

    Args:
        kind: what is there.
        lack: why clients do not get the corporate CA from a file, as a clause; ``None`` where they do.
    """

    kind: Literal["file", "directory", "missing", "unreadable"]
    lack: str | None = None


class ToolProxy(NamedTuple):
    """A setting of a tool that names a proxy.

    Args:
        tool: its name.
        setting: the name of the setting, as its tool spells it.
        path: the file.
        value: as the tool takes it; it may hold a password.
    """

    tool: str
    setting: str
    path: str
    value: str

    def __repr__(self) -> str:
        return f"ToolProxy({self.tool!r}, {self.setting!r}, {self.path!r})"


class ToolFindings(NamedTuple):
    """What this machine has of the tools.

    Args:
        installed: those that ``--configure`` takes and that are here, sorted.
        conflicts: the conflicting settings, in the order in which they were read.
        paths: the files that ``--configure`` may write, by the name that their tool gives them.
        seen: by the tool's name, what its ``look`` found.
    """

    installed: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    paths: Mapping[str, Path] = MappingProxyType({})
    seen: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({})
