"""What the plugin adds to a process: the one rule, for the plugin itself and for whoever judges a process."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Additions(NamedTuple):
    """The variables to set in a process.

    Args:
        variables: name → value.
        missing: files that some variables name and that do not exist. These variables are left out, since a
            client that gets a missing file fails completely.
        unusable: the names, as `repr` shows them, of variables that no environment can hold; left out too.
    """

    variables: dict[str, str]
    missing: tuple[str, ...]
    unusable: tuple[str, ...] = ()


def choose_additions(
    written: Mapping[str, str], environment: Mapping[str, str], exists: Callable[[str], bool]
) -> Additions:
    """The variables in *written* that *environment* lacks.

    A name that is set in the other case counts as set: most clients prefer lower case, so that ours would
    override what the user set in upper case. A variable that is set to nothing also counts as set: it means
    "no proxy".

    Args:
        written: name → value, of the env file.
        environment: name → value, of the process.
        exists: whether a path exists.
    """
    there = {name.lower() for name in environment}
    usable = {name: value for name, value in written.items() if _is_usable(name, value)}
    lacking = {name: value for name, value in usable.items() if name.lower() not in there}
    paths = {value for value in lacking.values() if os.path.isabs(value)}  # noqa: PTH117 - a string
    missing = {path for path in paths if not exists(path)}
    variables = {name: value for name, value in lacking.items() if value not in missing}
    unusable = tuple(map(repr, sorted(written.keys() - usable.keys())))
    return Additions(variables, tuple(sorted(missing)), unusable)


def _is_usable(name: str, value: str) -> bool:
    """Whether an environment can hold a variable (`putenv`); Prefect would fail on any other."""
    return bool(name) and "=" not in name and "\0" not in name + value
