"""``proxyenv env``: print the exports, for a shell, a format or one client.

The usual case never comes here, see :mod:`proxyenv.commands.exports`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from proxyenv.catalog.env_files import load_renderers
from proxyenv.catalog.env_formats import find_format, load_formats
from proxyenv.catalog.env_formats.env_format import EVERYWHERE
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.exports import ENV_FILES
from proxyenv.commands.placing import PLACE_OPTIONS, settle_place
from proxyenv.commands.terminal import printable
from proxyenv.decide.client import choose_client, select_variables
from proxyenv.errors import PlanError, UsageError, not_installed
from proxyenv.machine.config_directory import read_variables
from proxyenv.machine.installation import find_written, read_file, read_installation
from proxyenv.model.no_proxy import ExactHost
from proxyenv.model.option import Option
from proxyenv.model.place import PLACES, find_place
from proxyenv.no_proxy.entries import Grammar, parse_entries

if TYPE_CHECKING:
    from proxyenv.catalog.clients.client import Client
    from proxyenv.catalog.env_formats.env_format import EnvFormat
    from proxyenv.commands.command import Session
    from proxyenv.model.host import Host
    from proxyenv.model.no_proxy import Rule
    from proxyenv.model.place import Place
    from proxyenv.model.target import Variable

_PLATFORM: Final = "linux"


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
        PlanError: ``value-unrepresentable``, ``password-refused`` or ``loopback-elsewhere``.
        DiscoveryError: ``not-installed`` or ``file-unreadable``.
    """
    exports = (_render_client(session) if session.options.client else _render(session)).removesuffix("\n")
    if not exports and session.options.client:
        return Reply(EnvResult(""), status="failed")
    return Reply(EnvResult(exports), (exports,))


def _render(session: Session) -> str:
    layout = session.host.layout
    found, ending = _choose_format(session)
    place = _choose_place(session, found)
    if place is not None:
        return _render_elsewhere(session, place, found, ending)
    if found is not None:
        for note in found.notes:
            session.terminal.remark(f"note: {note}")
        return found.render(read_variables(str(layout.config)), session.host.platform)
    state = read_file(layout.env_file(ending))
    if state is None:  # not installed; or it was left out, and rendering says why
        return load_renderers()[ending](read_variables(str(layout.config)))
    return state.text


def _choose_format(session: Session) -> tuple[EnvFormat | None, str]:
    """The format that was asked for, or ``None`` and the ending of the shell's env file."""
    options = session.options
    if options.shell not in {None, "sh"} and options.format:
        raise UsageError("usage", "`--shell` and `--format` exclude each other")
    if options.format:
        return find_format(options.format), ""
    ending = ENV_FILES.get(options.shell or "sh")
    if ending is None:
        names = ", ".join(ENV_FILES)
        raise UsageError("usage", f"`--shell {options.shell}` is not known", hint=f"one of {names}")
    return next((each for each in load_formats() if each.env_file == ending), None), ending


def _choose_place(session: Session, found: EnvFormat | None) -> Place | None:
    """The other place that the exports are for, or ``None`` for this machine.

    Raises:
        UsageError: ``usage``: the format is not read there, or an option is of other places alone.
    """
    options = session.options
    places = EVERYWHERE if found is None else found.places
    name = options.place or places[0]
    if name not in places:
        asked = f"--format {options.format}" if options.format else f"--shell {options.shell}"
        raise UsageError(
            "usage",
            f"`{asked}` is not read in the place `{name}`",
            hint=f"it is for {', '.join(f'`--place {each}`' for each in places)}",
        )
    if name != "machine":
        return find_place(name)
    given = next((PLACE_OPTIONS[each].flag for each in PLACE_OPTIONS if _is_given(options, each)), None)
    if given is not None:
        other = "image" if "image" in places else next((each for each in places if each != name), None)
        raise UsageError(
            "usage",
            f"`{given}` is not for this machine, whose settings are those of `proxyenv setup`",
            hint=f"name the other place: `--place {other}`" if other else f"leave `{given}` out",
        )
    return None


def _is_given(options: Any, name: str) -> bool:  # noqa: ANN401 - as argparse has it
    return getattr(options, name) not in (PLACE_OPTIONS[name].default, None, [])


def _render_elsewhere(session: Session, place: Place, found: EnvFormat | None, ending: str) -> str:
    """The exports as they are true in another place.

    Raises:
        PlanError: ``loopback-elsewhere``, ``password-refused`` or ``value-unrepresentable``.
    """
    exports = _settle_exports(session, place, found, ending)
    if found is not None and found.for_services is not None:
        return found.for_services(exports, tuple(session.options.service))
    if found is not None:
        return found.render(exports, _PLATFORM)
    return load_renderers()[ending](exports)


def _settle_exports(
    session: Session, place: Place, found: EnvFormat | None, ending: str
) -> tuple[Variable, ...]:
    """What a process gets in another place; what it has to know is remarked.

    Raises:
        PlanError: ``loopback-elsewhere`` or ``password-refused``.
        UsageError: ``usage``: the shell, or an option, is not for there.
    """
    if ending == "bat":
        raise UsageError("usage", f"`cmd` is not in the place `{place.name}`, which is a POSIX system")
    direct = tuple(map(_parse_service, session.options.service))
    try:
        target = settle_place(session, place, direct)
    except PlanError as error:
        if error.code != "password-refused" or found is None or found.secret is None:
            raise
        raise PlanError(error.code, error.message, hint=found.secret) from error
    for note in (*target.notes, *(found.notes if found else ())):
        session.terminal.remark(f"note: {printable(note)}")
    return target.exports


def _parse_service(name: str) -> Rule:
    """The name of a service of a project, which other containers reach directly.

    Raises:
        UsageError: ``usage``: it is no name of one host.
    """
    rules = parse_entries((name,), source="`--service`", grammar=Grammar.PATTERNS).rules
    if len(rules) != 1 or not isinstance(rules[0], ExactHost):
        raise UsageError("usage", f"`--service {name}` is no name of a service", hint="such as `db`")
    return rules[0]


def _render_client(session: Session) -> str:
    options = session.options
    if options.format:
        raise UsageError("usage", "`--format` does not go with `--client`", hint="leave one of the two out")
    found, ending = _choose_format(session)
    place = _choose_place(session, found)
    if place is None:
        client, variables = find_client_variables(session.host, options.client)
    else:
        client = choose_client(options.client)
        exports = _settle_exports(session, place, found, ending)
        there = {each.name: each.value for each in exports if each.value is not None}
        variables = select_variables(client, there)
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
    "place": Option(
        ("--place",),
        "where they are to be true (default: this machine, or where the format is read)",
        choices=tuple(each.name for each in PLACES),
    ),
    "service": Option(
        ("--service",),
        "a service of the project, which the others reach directly",
        takes="values",
        metavar="NAME",
    ),
    **PLACE_OPTIONS,
    "client": Option(("--client",), "print only what one client needs, such as `curl`", metavar="NAME"),
}

COMMANDS = {"env": Command(run, EnvResult, _OPTIONS)}
