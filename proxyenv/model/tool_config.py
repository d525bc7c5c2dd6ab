"""The tools' own settings: what is to be written into them, and what in them fights the variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

TOOLS = (
    *("apt", "conda", "docker", "gcloud", "gradle", "java"),
    *("maven", "npm", "snap", "vscode", "wget", "yarn"),
)
"""The tools that no variable reaches, or not for all that they need."""

ALL_INSTALLED = "all-installed"
"""Says each of :data:`TOOLS` that this machine has."""


@dataclass(frozen=True, slots=True)
class ToolFile:
    """A file of a tool, and what shall be in it.

    Args:
        tool: a name of :data:`TOOLS`.
        path: the file, as its tool names it.
        grammar: how it is written: a key of ``formats.settings.FORMATS``.
        settings: key → value, both as *grammar* spells them.
        content: the whole content, for a file that only we write; then *settings* are empty.
        sensitive: whether any of it is a password.
    """

    tool: str
    path: Path
    grammar: str
    settings: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: str | None = field(default=None, repr=False)
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class StaleSetting:
    """A setting of the user's own that fights what proxyenv writes.

    Args:
        tool: whose setting it is, such as ``git``.
        cause: ``verification-off``, ``ca-file-missing`` or ``proxy-differs``, see ``model.report.CAUSES``;
            where the corporate CAs were given, ``ca-file-differs`` too.
        setting: its name, as its tool spells it.
        provenance: ```FILE`, line N``, or ```NAME` in the environment``.
        detail: what it does, as a clause; no password.
        mend: the command that takes it away; where there is none, what to do, with the setting in backticks.
    """

    tool: str
    cause: str
    setting: str
    provenance: str
    detail: str
    mend: str


@dataclass(frozen=True, slots=True)
class ToolFindings:
    """What this machine has of the tools.

    Args:
        installed: those of :data:`TOOLS` that are here, sorted.
        stale: settings that fight the variables, in the order in which they were read.
        stale_ca_files: the files of npm and yarn that name a CA file that is missing, by their name among the
            places, with the key there.
        gcloud_configuration: the configuration that gcloud uses, or ``None`` before its first use.
        closed_directory: the first directory above the bundle that only its owner may enter, or ``None``.
    """

    installed: tuple[str, ...] = ()
    stale: tuple[StaleSetting, ...] = ()
    stale_ca_files: tuple[tuple[str, str], ...] = ()
    gcloud_configuration: str | None = None
    closed_directory: Path | None = None
