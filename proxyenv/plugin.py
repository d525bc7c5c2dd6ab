"""Prefect's plugin: gives every process that imports Prefect the proxy and the CA, without any shell.

Prefect loads it when the profile says so (`PREFECT_PLUGINS_ENABLED`), at the end of `import prefect`: in
workers, in the processes of flow runs, in an IDE. It reads the files that `proxyenv setup` wrote. What the
process has set already stays: whoever set it meant it. It must never break Prefect: when it cannot do its
work it says so once, and Prefect goes on without it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NamedTuple

from prefect.plugins import SetupResult, register_hook

from proxyenv.catalog.shells.posix import parse_values
from proxyenv.errors import ProxyenvError
from proxyenv.formats.configuration import parse_configuration
from proxyenv.machine.config_directory import HOME_VARIABLE, find_config_directory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from prefect.plugins import HookContext


class Choice(NamedTuple):
    """What a process lacks.

    Args:
        variables: to be set.
        missing: files that variables name and that are not there; those variables are left out, since a
            client that is told a missing file fails altogether.
        unusable: names, as `repr` shows them, of what no environment can hold; left out too.
    """

    variables: dict[str, str]
    missing: tuple[str, ...]
    unusable: tuple[str, ...] = ()


@register_hook
def setup_environment(*, ctx: HookContext) -> SetupResult | None:
    """Prefect's hook: what to add to the environment of this process, or ``None`` for nothing."""
    warn = ctx.logger_factory("proxyenv").warning
    try:
        directory = _find_directory()
        with open(f"{directory}/proxyenv.toml", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a string
            configuration = parse_configuration(file.read(), source=f"`{file.name}`")
        if not configuration.uses_plugin:
            return None  # plugins are switched on for somebody else
        with open(f"{directory}/env.sh", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - likewise
            written = parse_values(file.read())
    except (OSError, ProxyenvError) as error:
        warn("proxyenv sets no proxy and no CA here: %s; `proxyenv setup` writes what it needs", error)
        return None
    if configuration.uses_truststore:
        _inject_truststore(warn)
    choice = choose_variables(written, os.environ, os.path.exists)
    if choice.missing:
        names = ", ".join(f"`{path}`" for path in choice.missing)
        warn("proxyenv leaves out what names a missing file, %s; `proxyenv refresh` writes it anew", names)
    if choice.unusable:
        names = ", ".join(choice.unusable)
        warn("proxyenv leaves out what is damaged in `env.sh`, %s; `proxyenv refresh` writes it anew", names)
    return SetupResult(env=choice.variables, note="proxy and CA") if choice.variables else None


def choose_variables(
    written: Mapping[str, str], environment: Mapping[str, str], exists: Callable[[str], bool]
) -> Choice:
    """What *written* has and *environment* has not.

    A name that is set in the other case counts as set: most clients prefer the lower case, so that ours
    would win over what the user said in upper case. So does one that is set to nothing, which is how one
    says "no proxy".

    Args:
        written: name to value, of the env file.
        environment: name to value, of this process.
        exists: whether a path leads to something.
    """
    there = {name.lower() for name in environment}
    usable = {name: value for name, value in written.items() if _is_usable(name, value)}
    lacking = {name: value for name, value in usable.items() if name.lower() not in there}
    paths = {value for value in lacking.values() if os.path.isabs(value)}  # noqa: PTH117 - a string
    missing = {path for path in paths if not exists(path)}
    variables = {name: value for name, value in lacking.items() if value not in missing}
    return Choice(variables, tuple(sorted(missing)), tuple(map(repr, sorted(written.keys() - usable.keys()))))


def _is_usable(name: str, value: str) -> bool:
    """Whether an environment can hold a variable (`putenv`); Prefect would fail on any other."""
    return bool(name) and "=" not in name and "\0" not in name + value


def _find_directory() -> str:
    """Where the installation's files are: as for every verb, or beside the bundle that the profile names.

    A process that knows only the profile knows no ``--prefix``.
    """
    from prefect.settings import get_current_settings

    bundle = get_current_settings().api.ssl_cert_file
    beside = os.path.dirname(bundle) if bundle else ""  # noqa: PTH120 - a string
    if HOME_VARIABLE not in os.environ and beside and os.path.exists(f"{beside}/env.sh"):  # noqa: PTH110 - likewise
        return beside
    return find_config_directory(None)


def _inject_truststore(warn: Callable[[str], None]) -> None:
    """Here, other than in the hook, Prefect and with it httpx and requests are loaded already."""
    try:
        import truststore

        truststore.inject_into_ssl()
    except ImportError:
        warn("proxyenv cannot use the operating system's store here: truststore is not installed")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, Prefect must go on
        warn(f"proxyenv cannot use the operating system's store here: {error!r}")
