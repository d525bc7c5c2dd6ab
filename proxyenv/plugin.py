"""Prefect's plugin: it gives every process that imports Prefect the proxy and the CA, without a shell.

Prefect loads it at the end of `import prefect` if the profile enables it (`PREFECT_PLUGINS_ENABLED`): in
workers, in the processes of flow runs, in an IDE. It reads the files that `proxyenv setup` wrote, and never
replaces a variable that the process has set. It must never break Prefect: if it cannot do its work, it says
so once, and Prefect continues without it.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from prefect.plugins import SetupResult, register_hook

from proxyenv.catalog.shells.posix import parse_values
from proxyenv.errors import ProxyenvError
from proxyenv.formats.configuration import parse_configuration
from proxyenv.machine.config_directory import HOME_VARIABLE, find_config_directory, read_small
from proxyenv.model.additions import choose_additions

if TYPE_CHECKING:
    from collections.abc import Callable

    from prefect.plugins import HookContext

    from proxyenv.model.configuration import Configuration

IMAGE_PROFILES: Final = "profiles.toml"
"""What lies beside the env files only where `image write` wrote them."""


@register_hook
def setup_environment(*, ctx: HookContext) -> SetupResult | None:
    """Prefect's hook: what to add to the environment of this process, or ``None`` for nothing."""
    warn = ctx.logger_factory("proxyenv").warning
    try:
        directory = _find_directory()
        configuration = _read_configuration(directory)
        if configuration is not None and not configuration.uses_plugin:
            return None  # plugins are enabled for another one
        written = parse_values(read_small(f"{directory}/env.sh").decode("utf-8", "surrogateescape"))
    except (OSError, ProxyenvError) as error:
        warn("proxyenv sets no proxy and no CA here: %s; `proxyenv setup` writes what it needs", error)
        return None
    if configuration is not None and configuration.uses_truststore:
        _inject_truststore(warn)
    added = choose_additions(written, os.environ, os.path.exists)
    if added.missing:
        names = ", ".join(f"`{path}`" for path in added.missing)
        warn("proxyenv leaves out what names a missing file, %s; `proxyenv refresh` writes it again", names)
    if added.unusable:
        names = ", ".join(added.unusable)
        warn("proxyenv leaves out what is damaged in `env.sh`, %s; `proxyenv refresh` writes it again", names)
    return SetupResult(env=added.variables, note="proxy and CA") if added.variables else None


def _read_configuration(directory: str) -> Configuration | None:
    """What was decided; ``None`` in an image, where only env files and roots were written."""
    path = f"{directory}/proxyenv.toml"
    if not os.path.exists(path) and os.path.exists(f"{directory}/{IMAGE_PROFILES}"):  # noqa: PTH110 - a string
        return None
    return parse_configuration(read_small(path).decode("utf-8", "replace"), source=f"`{path}`")


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
