"""The GNOME family: GNOME, Cinnamon, Budgie and MATE keep the proxy in one place, ``org.gnome.system.proxy``.

dconf's databases are read as they are, without a bus: the user's and those of the site, by its profile, with
their locks. Where they say nothing, ``gsettings`` may know what the distribution or another backend says.
Source: the schema ``org.gnome.system.proxy``, ``GProxyResolverGnome`` of glib-networking, Chromium's
``proxy_config_service_linux.cc``, dconf(7). ``use-same-proxy`` and ``http.enabled`` mean nothing.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Final

from proxyenv.catalog.sources.desktop import Manual, Scheme, describe_wpad, read_manual
from proxyenv.catalog.sources.source import Source
from proxyenv.catalog.tools.tool import config_home
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.formats.gvdb import Database, Value
    from proxyenv.model.machine import Machine

_NAME: Final = "gnome"
_PATH: Final = "/system/proxy/"
_SCHEMA: Final = "org.gnome.system.proxy"
_PROFILES: Final = ("etc/dconf/profile", "usr/share/dconf/profile")
_DESKTOPS: Final = frozenset({"gnome", "unity", "cinnamon", "x-cinnamon", "budgie", "mate", "pantheon"})
_MOST: Final = 16
"""Of the databases of a profile."""

_HTTP_PORT: Final = 8080
"""What the schema says where nobody says another."""

_SECONDS: Final = 5.0

Settings = dict[str, Found["Value"]]


def read(machine: Machine) -> SourceSettings:
    """What the mode says: ``none``, ``manual`` or ``auto``. A mode that nobody has set says nothing."""
    databases, notes = _read_databases(machine)
    settings = _merge(databases)
    if "mode" not in settings:
        settings = _ask(machine)
    return _sort_out(settings)._replace(notes=notes) if notes else _sort_out(settings)


def _sort_out(settings: Settings) -> SourceSettings:
    mode = settings.get("mode")
    if mode is None:
        return SourceSettings(_NAME)
    if mode.value == "manual":
        return read_manual(_NAME, _find_manual(settings))
    if mode.value == "auto":
        url = settings.get("autoconfig-url")
        if url is None or not str(url.value).strip():
            return SourceSettings(_NAME, notes=(describe_wpad(mode.provenance),))
        return SourceSettings(_NAME, pac=(Found(str(url.value).strip(), url.provenance),))
    return SourceSettings(_NAME, direct=(Found(f"says `{mode.value}`: no proxy", mode.provenance),))


def _find_manual(settings: Settings) -> Manual:
    ignored = settings.get("ignore-hosts")
    entries = ignored.value if ignored and isinstance(ignored.value, tuple) else ()
    schemes = {name: _find_scheme(settings, name) for name in ("http", "https", "socks")}
    return Manual(
        {name: scheme for name, scheme in schemes.items() if scheme},
        Found(",".join(entries), ignored.provenance) if ignored and entries else None,
        *_find_credentials(settings),
    )


def _find_scheme(settings: Settings, name: str) -> Scheme | None:
    host = settings.get(f"{name}/host")
    if host is None or not str(host.value).strip():
        return None
    default = Found(_HTTP_PORT if name == "http" else 0, "")
    return Scheme(str(host.value).strip(), str(settings.get(f"{name}/port", default).value), host.provenance)


def _find_credentials(settings: Settings) -> tuple[str, str]:
    if not (uses := settings.get("http/use-authentication")) or uses.value is not True:
        return "", ""
    empty: Found[Value] = Found("", "")
    user, password = (
        str(settings.get(f"http/authentication-{each}", empty).value) for each in ("user", "password")
    )
    return user, password


class _Opened(NamedTuple):
    """A database, and where it is."""

    path: Path
    content: Database


def _read_databases(machine: Machine) -> tuple[tuple[_Opened, ...], tuple[Found[str], ...]]:
    """Those of the profile, the strongest first, and what cannot be read."""
    opened, notes = [], []
    for path in _find_paths(machine):
        data = machine.content(path)
        if data is None:
            continue
        from proxyenv.formats.gvdb import read_database

        try:
            opened.append(_Opened(path, read_database(data, _PATH)))
        except ValueError as error:
            notes.append(Found(f"cannot be read: {error}", f"`{path}`"))
    return tuple(opened), tuple(notes)


def _find_paths(machine: Machine) -> list[Path]:
    named = machine.environment.get("DCONF_PROFILE", "") or "user"
    places = (Path(named),) if named.startswith("/") else (machine.root / each / named for each in _PROFILES)
    profile = next(filter(None, map(machine.read, places)), "user-db:user")
    paths = []
    for line in profile.splitlines()[:1000]:
        kind, _, name = line.partition("#")[0].strip().partition(":")
        if kind == "user-db" and re.fullmatch(r"[\w.-]+", name):
            paths.append(config_home(machine) / "dconf" / name)
        elif kind == "system-db" and re.fullmatch(r"[\w.-]+", name):
            paths.append(machine.root / "etc/dconf/db" / name)
        elif kind == "file-db" and name.startswith("/"):
            paths.append(Path(name))
    return paths[:_MOST]


def _merge(databases: tuple[_Opened, ...]) -> Settings:
    """Each setting where it counts: the strongest that has it, but for what a weaker one locks."""
    found: Settings = {}
    for number in range(len(databases) - 1, -1, -1):
        weaker = databases[number + 1 :]
        path, content = databases[number]
        for name, value in content.values.items():
            if not any(each.content.is_locked(name) for each in weaker):
                locked = ", locked there" if content.is_locked(name) else ""
                found[name.removeprefix(_PATH)] = Found(value, f"`{name}` in `{path}`{locked}")
    return found


def _ask(machine: Machine) -> Settings:
    """What ``gsettings`` says, in a session of these desktops: keyfiles, and defaults of the distribution."""
    desktops = machine.environment.get("XDG_CURRENT_DESKTOP", "").lower().split(":")
    program = machine.which("gsettings") if _DESKTOPS.intersection(desktops) else None
    if program is None or not all(map(machine.may_copy, _find_read(machine))):
        return {}
    said = machine.run(program, "list-recursively", _SCHEMA, seconds=_SECONDS)
    settings = dict(_parse((said or b"").decode("utf-8", "replace")))
    mode = settings.get("mode")
    return settings if mode is not None and mode.value != "none" else {}


def _find_read(machine: Machine) -> Iterator[Path]:
    """The files that ``gsettings`` reads by itself, links followed."""
    yield config_home(machine) / "glib-2.0/settings/keyfile"
    yield from _find_paths(machine)


def _parse(text: str) -> Iterator[tuple[str, Found[Value]]]:
    """The lines of ``gsettings list-recursively``: schema, key, and a value as GVariant prints it."""
    for line in text.splitlines()[:200]:
        matched = re.fullmatch(rf"{re.escape(_SCHEMA)}(?:\.(\w+))? ([\w-]+) (.*)", line)
        if matched:
            part, key, printed = matched.groups()
            name = f"{part}/{key}" if part else key
            schema = f"{_SCHEMA}.{part}" if part else _SCHEMA
            yield name, Found(_read_printed(printed), f"`{schema} {key}`, as `gsettings` says")


_TEXT: Final = re.compile(r"""'((?:[^'\\]|\\.)*+)('?)|"((?:[^"\\]|\\.)*+)(\"?)""")
"""Or the start of one: to look for another in what does not end would take the square of its length."""


def _read_printed(text: str) -> Value:
    if text in {"true", "false"}:
        return text == "true"
    if re.fullmatch(r"-?[0-9]{1,10}", text):  # of 32 bits; `int` refuses thousands of digits
        return int(text)
    texts = tuple(
        re.sub(r"\\(.)", r"\1", single or double)
        for single, ended, double, closed in _TEXT.findall(text)
        if ended or closed
    )
    return texts if text.startswith(("[", "@")) else next(iter(texts), "")


SOURCE: Final = Source(
    _NAME, read, "glib-networking and Chromium; tests/clients/test_desktops.py drives dconf"
)
