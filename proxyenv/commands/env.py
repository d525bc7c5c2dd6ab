"""``proxyenv env``: print the exports, for a shell, a format or one client.

The usual case never comes here, see :mod:`proxyenv.commands.exports`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxyenv.catalog.env_files import load_renderers
from proxyenv.catalog.env_formats import find_format, load_formats
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.exports import ENV_FILES
from proxyenv.errors import UsageError, not_installed
from proxyenv.machine.config_directory import read_variables
from proxyenv.machine.installation import find_written, read_file, read_installation
from proxyenv.model.option import Option

if TYPE_CHECKING:
    from proxyenv.catalog.clients.client import Client
    from proxyenv.commands.command import Session
    from proxyenv.model.host import Host
    from proxyenv.model.target import Variable


@dataclass(frozen=True, slots=True)
class EnvResult:
    """The environment as text.

    Args:
        exports: in the language of the shell or format, without the last line break.
    """

    exports: str


def run(session: Session) -> Reply:
    """Print the exports; with ``--client`` status 1 where no variable reaches it.

    Raises:
        UsageError: ``usage``: no such shell or client, or options that exclude each other.
        PlanError: ``value-unrepresentable`` or ``password-refused``.
        DiscoveryError: ``not-installed`` or ``file-unreadable``.
    """
    exports = (_render_client(session) if session.options.client else _render(session)).removesuffix("\n")
    if not exports and session.options.client:
        return Reply(EnvResult(""), status="failed")
    return Reply(EnvResult(exports), (exports,))


def _render(session: Session) -> str:
    options, layout = session.options, session.host.layout
    if options.shell not in {None, "sh"} and options.format:
        raise UsageError("usage", "`--shell` and `--format` exclude each other")
    found = find_format(options.format) if options.format else None
    if found is not None and found.env_file is None:
        return found.render(read_variables(str(layout.config)), session.host.platform)
    ending = ENV_FILES.get(options.shell or "sh") if found is None else found.env_file
    if ending is None:
        names = ", ".join(ENV_FILES)
        raise UsageError("usage", f"`--shell {options.shell}` is not known", hint=f"one of {names}")
    state = read_file(layout.env_file(ending))
    if state is None:  # not installed; or it was left out, and rendering says why
        return load_renderers()[ending](read_variables(str(layout.config)))
    return state.text


def _render_client(session: Session) -> str:
    ending = ENV_FILES.get(session.options.shell or "sh")
    if ending is None or session.options.format:
        wrong = f"--shell {session.options.shell}" if ending is None else "--format"
        hint = f"one of {', '.join(ENV_FILES)}" if ending is None else "leave one of the two out"
        raise UsageError("usage", f"`{wrong}` does not go with `--client`", hint=hint)
    client, variables = find_client_variables(session.host, session.options.client)
    if client.written is None or client.proxy is None:
        where = client.config or "the operating system's store"
        session.terminal.remark(f"note: no variable says all that {client.title} needs: {where}")
    return load_renderers()[ending](variables) if variables else ""


def find_client_variables(host: Host, name: str) -> tuple[Client, tuple[Variable, ...]]:
    """What one client needs of the environment that was written.

    Raises:
        UsageError: ``usage``: there is no such client.
        DiscoveryError: ``not-installed``, or a file of an earlier run cannot be read.
    """
    from proxyenv.decide.client import choose_client, select_variables

    client = choose_client(name)
    installation = read_installation(host)
    written = find_written(installation, host.layout)
    if written is None:
        raise not_installed()
    configuration = installation.configuration
    truststore = configuration is not None and configuration.uses_truststore
    return client, select_variables(client, written, truststore=truststore)


_FORMATS = tuple(each.name for each in load_formats())
_OPTIONS = {
    "shell": Option(
        ("--shell",), f"for a shell (default: sh): {', '.join(ENV_FILES)}", metavar="NAME", default="sh"
    ),
    "format": Option(("--format",), "for a program that is no shell", choices=_FORMATS),
    "client": Option(("--client",), "print only what one client needs, such as `curl`", metavar="NAME"),
}

COMMANDS = {"env": Command(run, EnvResult, _OPTIONS)}
