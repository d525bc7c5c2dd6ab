"""What a module of this directory says of its tool, and what it is given to write its file."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.errors import PlanError, UsageError
from proxyenv.model.host import find_given
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from proxyenv.catalog.clients.client import Client
    from proxyenv.formats.format import Item
    from proxyenv.model.machine import Machine
    from proxyenv.model.place import RootFiles
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.target import Variable
    from proxyenv.model.tools import Aspect, ToolFile, ToolFindings

    Test = Callable[[str], bool]
    Seen = tuple[tuple[str, str], ...]


def any_value(value: str) -> bool:  # noqa: ARG001 - a test of values
    """Every value, even an empty one: the client asks only whether the setting is there."""
    return True


def is_empty(value: str) -> bool:
    """The empty value, which is said on purpose."""
    return not value.strip()


def not_empty(value: str) -> bool:
    """Every value that says something, in whatever grammar."""
    return value.lower() not in {"", "[]", "null", "~", "none"}


EMPTY: Final = frozenset({""})
NULL: Final = frozenset({"", "null", "~"})
"""No value, as JSON and YAML write it."""

BY_HAND: Final = ""


class Keys(NamedTuple):
    """What the names of settings mean. In a file a name is a pattern: ``http.*.proxy``.

    Args:
        proxy: names a proxy.
        roots: names a file or a directory of CAs.
        unverified: each with the values that switch the verification of certificates off.
        schemes: each of *proxy* that is for one scheme alone, with ``http`` or ``https``; with nothing where
            it is for one host alone.
        direct: each with the values that send the tool past every proxy, or past that for one host.
        exceptions: lists the hosts that are reached directly.
        absent: the values of *proxy*, in lower case, that the tool takes for none of its own; every other
            word for nothing is the name of a host to it.
    """

    proxy: tuple[str, ...] = ()
    roots: tuple[str, ...] = ()
    unverified: tuple[tuple[str, Test], ...] = ()
    schemes: tuple[tuple[str, str], ...] = ()
    direct: tuple[tuple[str, Test], ...] = ()
    exceptions: tuple[str, ...] = ()
    absent: frozenset[str] = EMPTY


class ConfigFile(NamedTuple):
    """A file that a tool reads, or several that it reads in the same way.

    Args:
        paths: where they are on a machine; what is ``None`` is left out.
        format: how they are written: a name of ``formats.FORMATS``.
        remove: the command that removes a setting, with ``{name}`` and ``{path}``, or a function of the
            setting that says it; ``None`` where its line can go and the tool has no command;
            :data:`BY_HAND` where a person has to do it.
        system: whether they are for every user of the machine, and only root may write them.
        name: what ``configure`` calls the file; empty for files that are only read.
        says: what the tool learns from the file once ``configure`` has written it.
        project: whether they belong to the working directory: what they say is shown, and never adopted.
        first: whether the tool reads the first of them that is there, and no other.
        apart: whether each is read by a program of its own, so that none of them hides another.
    """

    paths: Callable[[Machine], Iterable[Path | None]]
    format: str
    remove: str | Callable[[Item], str | None] | None = None
    system: bool = False
    name: str = ""
    says: tuple[Aspect, ...] = ()
    project: bool = False
    first: bool = False
    apart: bool = False


class Configured(NamedTuple):
    """What ``--configure`` does for tools.

    Args:
        files: to write.
        variables: for the env files.
        notes: what could not be done, and what only root can do.
    """

    files: tuple[ToolFile, ...] = ()
    variables: tuple[Variable, ...] = ()
    notes: tuple[str, ...] = ()


def dotted(item: Item) -> str:
    """A setting as most commands take it: ``section.name``."""
    return f"{item.section}.{item.name}" if item.section else item.name.lstrip("-")


def hyphenated(name: str) -> str:
    """What all spellings of a name have in common, where case and ``_`` do not matter."""
    return name.lower().replace("_", "-")


def as_written(value: str, environment: Mapping[str, str]) -> str:  # noqa: ARG001 - most tools know no variables
    """The value itself."""
    return value


def as_they_are(items: tuple[Item, ...]) -> tuple[Item, ...]:
    """The settings themselves: most tools have a whole proxy in one."""
    return items


def nothing_seen(machine: Machine) -> Seen:  # noqa: ARG001 - most tools need to know nothing
    """Nothing."""
    return ()


class Tool(NamedTuple):
    """Everything that proxyenv knows of one tool.

    Args:
        name: as ``--configure`` takes it.
        programs: any of them means that the tool is here.
        files: those that it reads, the system's first; of several with one path the first counts.
        keys: what the settings in its files mean.
        variables: what variables of its own mean.
        gnutls: whether distributions build it with GnuTLS, which reads some CA files that OpenSSL does not.
        beats_roots: the variable that wins over the CA file that its files name, or nothing.
        spell: a setting as the tool's own commands take it.
        fold: what all spellings of a setting's name have in common.
        compose: its settings, with one more for each proxy whose host and port stand apart.
        expand: a value with the variables in it replaced, as the tool does when it takes it.
        reroute: a name of ``rerouting.REROUTES``: how its files say where its clients go; empty where they
            do not.
        borrows: settings of other tools, each after the tool's name, that it reads where its own files have
            none of that name.
        dialects: the names of the dialects by which its clients read those variables.
        look: what ``configure`` has to know of the machine, as pairs that only it understands.
        configure: what ``--configure`` does; raises ``PlanError`` where that is refused; ``None`` for a tool
            whose files are only read.
        writes: where ``configure`` writes and what, in Markdown, for ``docs/clients.md``.
        family: the heading that its rows stand under in ``clients``.
        clients: its rows in ``clients``.
        clear: the setting that takes away what weaker files say of its value, and below that.
        for_containers: whether ``configure`` writes what containers get, which have another loopback.
    """

    name: str
    programs: tuple[str, ...] = ()
    files: tuple[ConfigFile, ...] = ()
    keys: Keys = Keys()
    variables: Keys = Keys()
    gnutls: bool = False
    beats_roots: str = ""
    spell: Callable[[Item], str] = dotted
    fold: Callable[[str], str] = hyphenated
    compose: Callable[[tuple[Item, ...]], tuple[Item, ...]] = as_they_are
    expand: Callable[[str, Mapping[str, str]], str] = as_written
    reroute: str = ""
    borrows: tuple[tuple[str, str], ...] = ()
    dialects: tuple[str, ...] = ()
    look: Callable[[Machine], Seen] = nothing_seen
    configure: Callable[[Wanted], Configured] | None = None
    writes: tuple[str, str] = ("", "")
    family: str = ""
    clients: tuple[Client, ...] = ()
    clear: str = ""
    for_containers: bool = False


class Wanted(NamedTuple):
    """What to tell the tools, and where this machine has their files.

    Args:
        http: the proxy for ``http://``, or ``None`` for direct.
        https: the proxy for ``https://``, or ``None`` for direct.
        no_proxy: the entries of ``NO_PROXY``.
        java: the patterns of ``http.nonProxyHosts``.
        has_anchors: whether there is a corporate CA, and so the files of *layout* that hold it.
        layout: where they are.
        platform: as ``sys.platform`` says it.
        environment: the variables of this process.
        found: what the machine has of the tools.
        refusal: why containers cannot have these proxies; ``None`` where they can, and for other tools.
    """

    http: ProxyURL | None
    https: ProxyURL | None
    no_proxy: tuple[str, ...]
    java: tuple[str, ...]
    has_anchors: bool
    layout: RootFiles
    platform: str
    environment: Mapping[str, str]
    found: ToolFindings
    refusal: PlanError | None = None

    @property
    def proxies(self) -> Iterator[tuple[str, ProxyURL]]:
        """Scheme and proxy, for those that have one."""
        yield from ((name, each) for name, each in (("http", self.http), ("https", self.https)) if each)

    @property
    def sensitive(self) -> bool:
        """Whether a proxy has a password, or a user that may be a token."""
        return any(proxy.sensitive for _, proxy in self.proxies)

    def path(self, name: str) -> Path:
        """Where the file of that name is."""
        return self.found.paths[name]

    def seen(self, tool: str) -> Seen:
        """What the tool's ``look`` found."""
        return self.found.seen.get(tool, ())


def refuse_password(tool: str, reason: str) -> PlanError:
    """The refusal of a tool that would give the password away."""
    return PlanError(
        "password-refused",
        f"`{tool}` is not given the proxy, whose URL has a password: {reason}",
        hint=f"leave `--configure {tool}` out, or use a proxy on this machine that adds the credentials",
    )


def compose_proxies(items: tuple[Item, ...], parts: Mapping[str, tuple[str, ...]]) -> tuple[Item, ...]:
    """The settings with the URL of a proxy in the place of its host.

    Args:
        items: those of a file.
        parts: by the key of a host: the port, the user and the password that belong to it.
    """
    return tuple(_compose(item, *parts[item.key]) if item.key in parts else item for item in items)


def _compose(host: Item, port: str, user: str, password: str) -> Item:
    from proxyenv.model.proxy_url import parse_proxy_url

    text = f"{host.value}:{port}" if port and host.value else host.value
    if user:
        with suppress(UsageError):  # what is no URL is judged where it is used
            text = parse_proxy_url(text)._replace(username=user, password=password).reveal()
    return host._replace(value=text)


def given(machine: Machine, *names: str) -> Path | None:
    """The path in the first of these variables that has one, as :func:`find_given` reads it."""
    return find_given(machine.environment, *names)


def config_home(machine: Machine) -> Path:
    """``~/.config``, or where ``XDG_CONFIG_HOME`` says it is."""
    return given(machine, "XDG_CONFIG_HOME") or machine.home / ".config"


def application_data(machine: Machine) -> Path:
    """The directory above an application's settings, as the platform has it."""
    if machine.platform == "darwin":
        return machine.home / "Library/Application Support"
    return machine.home / "AppData/Roaming" if machine.platform == "win32" else config_home(machine)


def is_path(value: str) -> bool:
    """Whether *value* is a path that means the same in every directory, and has no variable in it."""
    return re.match(r"[/~]|\\\\|[A-Za-z]:[/\\]", value) is not None and "$" not in value


def find_broken_roots(machine: Machine, tool: Tool) -> Seen:
    """The settings that ``configure`` repairs: each file's name, and the key.

    They name a CA file that is gone, or the bundle, since an earlier run repaired them. Where a file is
    not valid there are none: its tool refuses it too, and whatever else is asked must go on.
    """
    from proxyenv.formats.settings import FORMATS

    found: list[tuple[str, str]] = []
    for file in tool.files:
        text = machine.read(next(filter(None, file.paths(machine)))) if file.name else None
        if text is None:
            continue
        try:
            items = tuple(FORMATS[file.format].items(text, source=file.name))
        except PlanError:
            continue
        for item in items:
            if tool.fold(item.name) not in map(tool.fold, tool.keys.roots):
                continue
            value = tool.expand(item.value, machine.nameable)
            is_bundle = value == str(machine.layout.bundle)
            if is_bundle or (is_path(value) and not machine.exists(machine.absolute(value))):
                found.append((file.name, item.name))
    return tuple(dict.fromkeys(found))
