"""Prefect's plugin: it gives every process that imports Prefect the proxy and the CA, without a shell.

Prefect loads it at the end of `import prefect` if the profile enables it (`PREFECT_PLUGINS_ENABLED`): in
workers, in the processes of flow runs, in an IDE. It reads the files that `proxyenv setup` wrote, and never
replaces a variable that the process has set. It must never break Prefect: if it cannot do its work, it says
so once, and Prefect continues without it.
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


@register_hook
def setup_environment(*, ctx: HookContext) -> SetupResult | None:
    """Prefect's hook: what to add to the environment of this process, or ``None`` for nothing."""
    warn = ctx.logger_factory("proxyenv").warning
    try:
        directory = _find_directory()
        with open(f"{directory}/proxyenv.toml", encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - a string
            configuration = parse_configuration(file.read(), source=f"`{file.name}`")
        if not configuration.uses_plugin:
            return None  # plugins are enabled for another one
        with open(f"{directory}/env.sh", encoding="utf-8", errors="surrogateescape") as file:  # noqa: PTH123 - a string
            written = parse_values(file.read())
    except (OSError, ProxyenvError) as error:
        warn("proxyenv sets no proxy and no CA here: %s; `proxyenv setup` writes what it needs", error)
        return None
    if configuration.uses_truststore:
        _inject_truststore(warn)
    choice = choose_variables(written, os.environ, os.path.exists)
    if choice.missing:
        names = ", ".join(f"`{path}`" for path in choice.missing)
        warn("proxyenv leaves out what names a missing file, %s; `proxyenv refresh` writes it again", names)
    if choice.unusable:
        names = ", ".join(choice.unusable)
        warn("proxyenv leaves out what is damaged in `env.sh`, %s; `proxyenv refresh` writes it again", names)
    return SetupResult(env=choice.variables, note="proxy and CA") if choice.variables else None


def choose_variables(
    written: Mapping[str, str], environment: Mapping[str, str], exists: Callable[[str], bool]
) -> Choice:
    """The variables in *written* that *environment* lacks.

    A name that is set in the other case counts as set: most clients prefer lower case, so that ours would
    override what the user set in upper case. A variable that is set to nothing also counts as set: it means
    "no proxy".

    Args:
        written: name → value, of the env file.
        environment: name → value, of this process.
        exists: whether a path exists.
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
    """The directory of the written files: as for every verb, or beside the bundle that the profile names.

    A process that has only the profile does not know ``--prefix``.
    """
    from prefect.settings import get_current_settings

    bundle = get_current_settings().api.ssl_cert_file
    beside = os.path.dirname(bundle) if bundle else ""  # noqa: PTH120 - a string
    if HOME_VARIABLE not in os.environ and beside and os.path.exists(f"{beside}/env.sh"):  # noqa: PTH110 - a string
        return beside
    return find_config_directory(None)


def _inject_truststore(warn: Callable[[str], None]) -> None:
    """Use truststore from now on; Prefect, httpx and requests are already loaded at this point."""
    try:
        import truststore

        truststore.inject_into_ssl()
    except ImportError:
        warn("proxyenv cannot use the operating system's store here: truststore is not installed")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it, Prefect must go on
        warn(f"proxyenv cannot use the operating system's store here: {error!r}")
