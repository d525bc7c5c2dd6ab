"""How processes get the environment, and where Python goes through truststore."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.decide.trust import choose_trust
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.configuration import Configuration
    from proxyenv.model.host import Host
    from proxyenv.model.installation import Layout
    from proxyenv.model.request import Request


def choose_activation(request: Request, saved: Configuration) -> str | None:
    """How processes shall get the environment; ``None`` for what the trust mode calls for.

    Raises:
        UsageError: ``usage``: rc files are to be edited, and shells are left out.
    """
    if request.activation == "plugin" and (request.rc or request.shells):
        option = "--rc" if request.rc else "--shell"
        raise UsageError(
            "usage",
            f"`--activate plugin` edits no rc file, and `{option}` wants one",
            hint="use `--activate both`",
        )
    return request.activation or saved.activation


def choose_venvs(host: Host, request: Request, saved: Configuration) -> tuple[str, ...]:
    """The virtual environments that were asked for, absolute; empty means the one that runs this.

    Raises:
        UsageError: ``usage``: some were named, and nothing is to be written there.
    """
    if request.venvs and choose_trust(request, saved) != "truststore":
        raise UsageError(
            "usage", "`--venv` says where Python goes through truststore", hint="add `--trust truststore`"
        )
    return tuple(dict.fromkeys(str(host.absolute(venv)) for venv in request.venvs)) or saved.venvs


def activation_notes(layout: Layout, configuration: Configuration) -> Iterator[str]:
    """What the plugin needs and cannot have from the profile."""
    if not configuration.uses_plugin:
        return
    if not configuration.activate:
        yield (
            f"the plugin is switched on in the profile `{configuration.profile}`, which is not made active: "
            f"processes need `PREFECT_PROFILE={configuration.profile}`"
        )
    if configuration.uses_truststore and layout.config == layout.data:
        yield f"for the plugin to find these files, processes need `PROXYENV_HOME={layout.config}`"
