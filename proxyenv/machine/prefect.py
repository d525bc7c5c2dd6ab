"""Prefect's settings as this machine has them, read as Prefect reads them but without importing it.

Importing ``prefect.settings`` takes longer than everything else that ``setup`` does. The order of
the sources, their names and their quirks are those of ``prefect/settings/sources.py``; a test asks
the real one.
"""

from __future__ import annotations

import io
import os
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from proxyenv.bounded import read_content
from proxyenv.errors import DiscoveryError
from proxyenv.formats.parse import read_toml
from proxyenv.machine.content import render_reason
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.findings import Found, PrefectFindings, ProfilesFile, Rejection
    from proxyenv.model.host import Host


class _PrefectSetting(NamedTuple):
    """One setting, as each kind of source spells it.

    Args:
        variables: the variable; where there are several, the first that is set counts.
        keys: the way to it in ``prefect.toml``, and below ``tool.prefect`` in ``pyproject.toml``.
    """

    variables: tuple[str, ...]
    keys: tuple[str, ...]


_API_URL: Final = "PREFECT_API_URL"
_PROFILE: Final = "PREFECT_PROFILE"
_PROFILES_PATH: Final = "PREFECT_PROFILES_PATH"
USUAL_PROFILES: Final = ".prefect/profiles.toml"
"""Below the home."""

_ENVIRONMENT: Final = "the environment"

SETTINGS: Final[Mapping[str, _PrefectSetting]] = MappingProxyType(
    {
        "PREFECT_API_SSL_CERT_FILE": _PrefectSetting(
            ("PREFECT_API_SSL_CERT_FILE",), ("api", "ssl_cert_file")
        ),
        _API_URL: _PrefectSetting((_API_URL,), ("api", "url")),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": _PrefectSetting(
            ("PREFECT_SERVER_EPHEMERAL_ENABLED", "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE"),
            ("server", "ephemeral", "enabled"),
        ),
        "PREFECT_SERVER_ANALYTICS_ENABLED": _PrefectSetting(
            ("PREFECT_SERVER_ANALYTICS_ENABLED",), ("server", "analytics_enabled")
        ),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": _PrefectSetting(
            ("PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS",),
            ("server", "ephemeral", "startup_timeout_seconds"),
        ),
        "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": _PrefectSetting(
            ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY",), ("api", "tls_insecure_skip_verify")
        ),
        "PREFECT_PLUGINS_ENABLED": _PrefectSetting(
            ("PREFECT_PLUGINS_ENABLED", "PREFECT_EXPERIMENTS_PLUGINS_ENABLED"), ("plugins", "enabled")
        ),
        "PREFECT_PLUGINS_ALLOW": _PrefectSetting(
            ("PREFECT_PLUGINS_ALLOW", "PREFECT_EXPERIMENTS_PLUGINS_ALLOW"), ("plugins", "allow")
        ),
    }
)
"""The settings that a profile may need or that would undo it."""

_LARGEST: Final = 1024 * 1024
"""Of a project's file, in bytes, and of what references make of it."""

LONGEST_DOTENV: Final = 64 * 1024
"""In characters. dotenv takes up to four seconds for a megabyte, and `.env` is read several times."""

_MANY_BLANKS: Final = r"(?<![^\S\r\n])[^\S\r\n]{200}"
_MOST_REFERENCES: Final = 100
_MOST_BAD: Final = 20
"""dotenv looks for the end of blanks, of a reference and of a quote again from each place in them."""

_LINE: Final = re.compile(r"\(at line (\d{1,9})(?:, column \d+)?\)\Z")


class _Variables(NamedTuple):
    """A source of variables: the environment, or ``.env``.

    Args:
        place: where it is, in words.
        exact: name → value.
    """

    place: str
    exact: Mapping[str, str]

    def find(self, setting: _PrefectSetting) -> Found[str] | None:
        """The setting's value; Prefect does not mind the case of a variable's name."""
        folded = {name.upper(): (name, value) for name, value in self.exact.items()}
        for variable in setting.variables:
            if variable in folded:
                name, value = folded[variable]
                return _found(value, f"`{name}` in {self.place}")
        return None

    def find_profiles_path(self) -> Found[str] | None:
        """Where ``profiles.toml`` is; here Prefect does mind the case."""
        value = self.exact.get(_PROFILES_PATH)
        return _found(value, f"`{_PROFILES_PATH}` in {self.place}") if value else None


class _Table(NamedTuple):
    """A source in TOML: ``prefect.toml``, or a table of ``pyproject.toml``.

    Args:
        place: where it is, in words.
        prefix: what comes before every key, for messages.
        data: the content.
    """

    place: str
    prefix: tuple[str, ...]
    data: Mapping[str, Any]

    def find(self, setting: _PrefectSetting) -> Found[str] | None:
        """The setting's value as the text that a variable would hold."""
        value = _descend(self.data, (*self.prefix, *setting.keys))
        if value is None or isinstance(value, dict):
            return None
        return _found(_as_text(value), f"`{'.'.join((*self.prefix, *setting.keys))}` in {self.place}")

    def find_profiles_path(self) -> Found[str] | None:
        """Where ``profiles.toml`` is."""
        keys = (*self.prefix, "profiles_path")
        value = _descend(self.data, keys)
        if not isinstance(value, str) or not value:
            return None
        return _found(value, f"`{'.'.join(keys)}` in {self.place}")


class _Sources(NamedTuple):
    """What overrides every profile, strongest first, and the files that could not be read."""

    readable: tuple[_Variables | _Table, ...]
    unreadable: tuple[Rejection, ...]


def find_prefect(host: Host) -> PrefectFindings:
    """Read the settings that a profile competes with, and the profiles.

    Args:
        host: whose environment, home and current directory. Prefect looks for ``.env``,
            ``prefect.toml`` and ``pyproject.toml`` there.

    Raises:
        DiscoveryError: ``profiles-invalid``: `profiles.toml` is not TOML, not UTF-8, or not of
            Prefect's form. ``file-unreadable``: it is there and cannot be read.
    """
    from proxyenv.model.findings import PrefectFindings

    sources = _read_sources(host)
    named, located = _locate_profiles(host, sources.readable)
    path, text = _resolve(named), _read_profiles(named)
    data = _parse_profiles(text, path=path) if text is not None else {}
    active = host.environment.get(_PROFILE) or data.get("active") or None
    profile = _descend(data, ("profiles", active)) if active else None
    settings = dict(_settle(sources, profile, active, path=path))
    api_url = settings.get(_API_URL)
    return PrefectFindings(
        profiles_path=path,
        profiles=text,
        active=active,
        # Set to nothing it still hides the profile's, and Prefect then has no API.
        api_url=api_url if api_url and api_url.value else None,
        shadows=tuple(_shadows(host, sources)),
        unreadable=sources.unreadable,
        located=located,
        chosen=_name_chooser(host, active, path),
        settings=MappingProxyType(settings),
        own=_find_own(host, path),
    )


def has_settings_here(host: Host) -> bool:
    """Whether files of the working directory set something that beats a profile, or cannot be read."""
    _, *files = (sources := _read_sources(host)).readable
    set_here = (file.find_profiles_path() or any(map(file.find, SETTINGS.values())) for file in files)
    return bool(sources.unreadable) or any(set_here)


def find_profiles_path(host: Host) -> Path:
    """The ``profiles.toml`` that is written, symlinks resolved: as the environment says, or the usual one.

    Prefect also reads one that the files of a project name; whoever wrote them would choose what is written.
    """
    return _resolve(_locate_own(host))


def _locate_own(host: Host) -> Path:
    return _locate_profiles(host, (_Variables(_ENVIRONMENT, host.environment),))[0]


def _resolve(path: Path) -> Path:
    return Path(os.path.realpath(path))


def _find_own(host: Host, path: Path) -> ProfilesFile | None:
    """The file that is written, where that is another than *path*, which Prefect reads here."""
    from proxyenv.model.findings import ProfilesFile

    named = _locate_own(host)
    own = _resolve(named)
    if own == path:
        return None
    text = _read_profiles(named)
    data = _parse_profiles(text, path=own) if text is not None else {}
    return ProfilesFile(own, text, host.environment.get(_PROFILE) or data.get("active") or None)


def _locate_profiles(host: Host, sources: Iterable[_Variables | _Table]) -> tuple[Path, str | None]:
    """The path as the user knows it, and what says so; ``None`` for the usual place."""
    named = next(filter(None, (source.find_profiles_path() for source in sources)), None)
    if named is None and (home := host.environment.get("PREFECT_HOME")):
        # As text: Prefect shows a `~` in it expanded, but does not expand it where it reads the profiles.
        named = _found(os.path.join(home, "profiles.toml"), "`PREFECT_HOME` in the environment")  # noqa: PTH118 - text, so far
    if named is None:
        return host.home / USUAL_PROFILES, None
    return host.workplace / named.value, named.provenance


def _name_chooser(host: Host, active: str | None, path: Path) -> str | None:
    if host.environment.get(_PROFILE):
        return f"`{_PROFILE}` in the environment"
    return f"`active` in `{path}`" if active else None


def _settle(
    sources: _Sources, profile: object, active: str | None, *, path: Path
) -> Iterator[tuple[str, Found[str]]]:
    """What Prefect takes of each setting: from what overrides a profile, else from the profile."""
    for name, setting in SETTINGS.items():
        found = next(filter(None, (source.find(setting) for source in sources.readable)), None)
        if found is None and isinstance(profile, dict):
            key = next((key for key in setting.variables if profile.get(key) is not None), None)
            if key is not None:
                found = _found(_as_text(profile[key]), f"`{key}` of the profile `{active}` in `{path}`")
        if found is not None:
            yield name, found


def _shadows(host: Host, sources: _Sources) -> Iterator[tuple[str, Found[str]]]:
    for name, setting in SETTINGS.items():
        found = next(filter(None, (source.find(setting) for source in sources.readable)), None)
        if found:
            yield name, found
    if profile := host.environment.get(_PROFILE):
        yield _PROFILE, _found(profile, f"`{_PROFILE}` in the environment")


def _found(value: str, provenance: str) -> Found[str]:
    from proxyenv.model.findings import Found

    return Found(value, provenance)


def _rejected(provenance: str, reason: str) -> Rejection:
    from proxyenv.model.findings import Rejection

    return Rejection(provenance, reason)


def _read_sources(host: Host) -> _Sources:
    readable: list[_Variables | _Table] = [_Variables(_ENVIRONMENT, host.environment)]
    unreadable: list[Rejection] = []
    for name, prefix in ((".env", None), ("prefect.toml", ()), ("pyproject.toml", ("tool", "prefect"))):
        path = host.workplace / name
        try:
            text = read_content(path, limit=_LARGEST).decode("utf-8")
            if prefix is not None:
                readable.append(_Table(f"`{path}`", prefix, read_toml(text)))
                continue
            variables, bad_lines = _parse_dotenv(text, host.environment)
            readable.append(_Variables(f"`{path}`", variables))
            unreadable += [_rejected(f"`{path}`", f"line {line} cannot be parsed") for line in bad_lines]
        except (FileNotFoundError, NotADirectoryError):
            continue
        except OSError as error:
            unreadable.append(_rejected(f"`{path}`", f"it cannot be read: {render_reason(error)}"))
        except UnicodeDecodeError:
            unreadable.append(
                _rejected(f"`{path}`", "it is not UTF-8, and Prefect does not start in this directory")
            )
        except ValueError as error:
            stops = "it is not valid TOML, and Prefect does not start in this directory"
            reason = f"{stops if prefix is not None else 'it is not read'}: {error}"
            unreadable.append(_rejected(f"`{path}`", reason))
    return _Sources(tuple(readable), tuple(unreadable))


def _parse_dotenv(text: str, environment: Mapping[str, str]) -> tuple[Mapping[str, str], tuple[int, ...]]:
    """Parse with the library that Prefect uses, but against *environment* instead of this process's.

    Returns:
        Name → value, with ``${NAME}`` and ``${NAME:-default}`` filled in; and the lines at which a
        statement starts that the library skips.

    Raises:
        ValueError: it would take the library much time, or much memory.
    """
    from dotenv.parser import parse_stream
    from dotenv.variables import parse_variables

    if len(text) > LONGEST_DOTENV:
        raise ValueError(f"it is longer than {LONGEST_DOTENV:,} characters")
    if blanks := re.search(_MANY_BLANKS, text):
        line = text.count("\n", 0, blanks.start()) + 1
        raise ValueError(f"line {line} has hundreds of blanks in a row")
    variables: dict[str, str] = {}
    known = dict(environment)
    bad_lines: list[int] = []
    left = _LARGEST
    for binding in parse_stream(io.StringIO(text, newline="")):
        line, name, value = binding.original.line, binding.key, binding.value
        if binding.error or (value or "").count("${") > _MOST_REFERENCES:
            bad_lines.append(line)
            if len(bad_lines) > _MOST_BAD:  # the library reads on to the end for each quote that stays open
                break
            continue
        if name is None or value is None:
            continue
        parts = [atom.resolve(known) for atom in parse_variables(value)]
        left -= sum(map(len, parts))
        if left < 0:
            raise ValueError(f"its references make it longer than {_LARGEST:,} characters (at line {line})")
        known[name] = variables[name] = "".join(parts)
    return variables, tuple(bad_lines)


def _read_profiles(path: Path) -> str | None:
    """The text with its line ends as they are, or ``None`` when there is no such file."""
    try:
        data = read_content(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        reason = render_reason(error)
        raise DiscoveryError("file-unreadable", f"`{path}` cannot be read: {reason}") from error
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _invalid(path, data.count(b"\n", 0, error.start) + 1, "it is not UTF-8") from error


def _parse_profiles(text: str, *, path: Path) -> dict[str, Any]:
    try:
        data = read_toml(text)
    except ValueError as error:
        match = _LINE.search(str(error))
        at_end = text.count("\n") + 1 if "at end of document" in str(error) else None
        line = int(match[1]) if match else at_end
        raise _invalid(path, line, str(error)) from error
    profiles = data.get("profiles", {})
    if not isinstance(profiles, dict) or not all(isinstance(each, dict) for each in profiles.values()):
        raise _invalid(path, None, "`profiles` is not a table of tables")
    if not isinstance(data.get("active", ""), str):
        raise _invalid(path, None, "`active` is not a string")
    return data


def _invalid(path: Path, line: int | None, reason: str) -> DiscoveryError:
    place = f"line {line} of `{path}`" if line else f"`{path}`"
    return DiscoveryError(
        "profiles-invalid",
        f"{place} is not valid, so the file was left as it is: {reason}",
        hint=f"correct {place}, or move the file away; Prefect cannot use it either",
    )


def _descend(data: Any, keys: tuple[str, ...]) -> Any:  # noqa: ANN401 - TOML holds anything
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _as_text(value: object) -> str:
    if isinstance(value, list):
        return ",".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
