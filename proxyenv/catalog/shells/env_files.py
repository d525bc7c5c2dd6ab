"""The env files, and every other form in which the environment can be printed."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.shells.batch import render_batch
from proxyenv.catalog.shells.csh import render_csh
from proxyenv.catalog.shells.elvish import render_elvish
from proxyenv.catalog.shells.env_list import render_env_list
from proxyenv.catalog.shells.fish import render_fish
from proxyenv.catalog.shells.nushell import render_nushell
from proxyenv.catalog.shells.posix import render_posix
from proxyenv.catalog.shells.powershell import render_powershell
from proxyenv.catalog.shells.xonsh import render_xonsh
from proxyenv.errors import PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.model.target import Variable

RENDERERS: Final[Mapping[str, Callable[[tuple[Variable, ...]], str]]] = MappingProxyType(
    {
        "sh": render_posix,
        "fish": render_fish,
        "csh": render_csh,
        "ps1": render_powershell,
        "bat": render_batch,
        "nu": render_nushell,
        "xsh": render_xonsh,
        "elv": render_elvish,
        "list": render_env_list,
    }
)
"""The ending of each env file → what renders it."""


class EnvFiles(NamedTuple):
    """Every env file that can be written.

    Args:
        texts: by the ending of the file, in order.
        notes: a sentence for each that cannot.
    """

    texts: Mapping[str, str]
    notes: tuple[str, ...]


def render_env_files(variables: tuple[Variable, ...]) -> EnvFiles:
    """Every env file; one that cannot hold some value is left out, with a note.

    A path that `cmd` cannot quote is no reason to have no environment in bash.
    """
    texts, notes = {}, []
    for ending, render in RENDERERS.items():
        try:
            texts[ending] = render(variables)
        except PlanError as error:
            notes.append(f"`env.{ending}` is left out: {error.message}")
    return EnvFiles(MappingProxyType(texts), tuple(notes))


def render_format(name: str, variables: tuple[Variable, ...], *, platform: str) -> str:
    """The environment for a program that is no shell.

    Args:
        name: one of the formats that ``env --format`` names, other than ``docker``.
        variables: in order.
        platform: as ``sys.platform`` says it.

    Raises:
        PlanError: ``value-unrepresentable`` or ``password-refused``.
    """
    from proxyenv.catalog.shells import lists

    if name == "vscode":
        return lists.render_vscode(variables, platform=platform)
    return {
        "direnv": lists.render_direnv,
        "dockerfile": lists.render_dockerfile,
        "environment.d": lists.render_environment_d,
        "github": lists.render_github,
        "gitlab": lists.render_gitlab,
        "json": lists.render_json,
        "systemd": lists.render_systemd,
    }[name](variables)
