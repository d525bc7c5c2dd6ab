"""The env files that ``setup`` writes: one for each language of a shell, and those of other programs."""

from __future__ import annotations

import sys
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING

from proxyenv.catalog.env_formats import WRITTEN, load_formats
from proxyenv.catalog.shells import load_shells
from proxyenv.errors import PlanError
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from proxyenv.catalog.env_formats.env_format import EnvFormat
    from proxyenv.model.target import Variable


class EnvFiles(NamedTuple):
    """Every env file that can be written.

    Args:
        texts: by the ending of the file, in order.
        notes: a sentence for each that cannot.
    """

    texts: Mapping[str, str]
    notes: tuple[str, ...]


def load_renderers() -> dict[str, Callable[[tuple[Variable, ...]], str]]:
    """The ending of each env file → what renders it."""
    renderers = {shell.env_file: shell.render for shell in load_shells()}
    for each in load_formats(WRITTEN):
        if each.env_file is not None:
            renderers[each.env_file] = partial(_render, each)
    return renderers


def _render(each: EnvFormat, variables: tuple[Variable, ...]) -> str:
    return each.render(variables, sys.platform)


def render_env_files(variables: tuple[Variable, ...], in_containers: tuple[Variable, ...] | None) -> EnvFiles:
    """Every env file; one that cannot hold some value is left out, with a note.

    A path that `cmd` cannot quote is no reason to have no environment in bash.

    Args:
        variables: for the shells of this machine.
        in_containers: for what starts containers; ``None``: it gets no file.
    """
    texts, notes = {}, []
    elsewhere = {each.env_file for each in load_formats(WRITTEN) if "machine" not in each.places}
    for ending, render in load_renderers().items():
        chosen = in_containers if ending in elsewhere else variables
        if chosen is None:
            continue
        try:
            texts[ending] = render(chosen)
        except PlanError as error:
            notes.append(f"`env.{ending}` is left out: {error.message}")
    return EnvFiles(MappingProxyType(texts), tuple(notes))
