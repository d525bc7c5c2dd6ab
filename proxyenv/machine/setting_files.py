"""Where the tools have their settings, of the user and of the system, in each tool's own documented order.

Files of a project are left out: they hold for that project alone, whoever runs the tool there.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.catalog.tools.places import APT, find_places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from proxyenv.model.host import Host


class SettingFile(NamedTuple):
    """A file that a tool reads.

    Args:
        tool: a key of ``stale_settings.FORMAT_OF``.
        path: the file.
        mend: the command that takes a setting away, with ``{name}`` and ``{path}``; ``None`` where the tool
            has none for this file.
        is_system: whether it is for every user of the machine.
        place: its name among ``catalog.tools.places``, where it has one.
    """

    tool: str
    path: Path
    mend: str | None = None
    is_system: bool = False
    place: str | None = None


_CONDA: Final = "conda config --file {path} --remove-key {name}"
_GIT: Final = "git config --file {path} --unset-all {name}"
_NPM_GLOBAL: Final = "npm config delete {name} --location=global --globalconfig={path}"
_CONDA_NAMES: Final = (".condarc", "condarc")


def find_setting_files(
    host: Host, *, gcloud_configuration: str | None = None, root: Path
) -> list[SettingFile]:
    """Every file, each once; those of the system first, as the tools read them.

    Args:
        host: the machine.
        gcloud_configuration: the configuration that gcloud uses, see :func:`find_places`.
        root: where the files of the system are.
    """
    places = find_places(host, gcloud_configuration=gcloud_configuration)
    found = [
        *_of_the_system(host, root),
        *_packages_of_the_user(host, places),
        *_others_of_the_user(host, places),
    ]
    return list({file.path: file for file in reversed(found)}.values())[::-1]


def _of_the_system(host: Host, root: Path) -> Iterator[SettingFile]:
    if host.platform == "win32":
        return
    etc = root / "etc"
    yield SettingFile("apt", etc / "apt/apt.conf", is_system=True)
    for path in _files_of(etc / "apt/apt.conf.d"):
        if path.name != APT.name:  # that one is ours
            yield SettingFile("apt", path, is_system=True)
    for directory in (etc / "conda", root / "var/lib/conda"):
        for path in (*(directory / name for name in _CONDA_NAMES), *_files_of(directory / "condarc.d")):
            yield SettingFile("conda", path, _CONDA, is_system=True)
    if "GIT_CONFIG_NOSYSTEM" not in host.environment:
        system = _given(host, "GIT_CONFIG_SYSTEM") or etc / "gitconfig"
        yield SettingFile("git", system, _GIT, is_system=True)
    given = _given(host, "NPM_CONFIG_GLOBALCONFIG", "npm_config_globalconfig")
    for path in (given,) if given else _npm_of_the_system(host, root):
        yield SettingFile("npm", path, _NPM_GLOBAL, is_system=True)
    yield SettingFile("pip", etc / "xdg/pip/pip.conf", is_system=True)
    yield SettingFile("pip", etc / "pip.conf", "pip config --global unset {name}", is_system=True)
    yield SettingFile("uv", etc / "uv/uv.toml", is_system=True)
    yield from (
        SettingFile("wget", root / name, is_system=True) for name in ("etc/wgetrc", "usr/local/etc/wgetrc")
    )
    yield SettingFile("yarn", etc / "yarnrc", is_system=True)


def _npm_of_the_system(host: Host, root: Path) -> Iterator[Path]:
    """In ``etc`` beside the ``bin`` that npm is in; Debian's own has it in ``/etc``."""
    npm = shutil.which("npm", path=host.environment.get("PATH", os.defpath))
    if npm is not None:
        yield Path(npm).parent.parent / "etc/npmrc"
    yield from (root / name for name in ("etc/npmrc", "usr/etc/npmrc", "usr/local/etc/npmrc"))


def _packages_of_the_user(host: Host, places: Mapping[str, Path]) -> Iterator[SettingFile]:
    """Of the managers of packages."""
    home, config = host.home, _given(host, "XDG_CONFIG_HOME") or host.home / ".config"
    yield SettingFile("bundler", _bundler(host), "bundle config unset --global {name}")
    cargo = _given(host, "CARGO_HOME") or home / ".cargo"
    yield from (SettingFile("cargo", cargo / name) for name in ("config", "config.toml"))
    composer = _given(host, "COMPOSER_HOME")
    for directory in (composer,) if composer else (home / ".composer", config / "composer"):
        yield SettingFile("composer", directory / "config.json", "composer config --global --unset {name}")
    for directory in filter(None, (_given(host, "CONDA_ROOT"), config / "conda", home / ".conda")):
        for path in (*(directory / name for name in _CONDA_NAMES), *_files_of(directory / "condarc.d")):
            yield SettingFile("conda", path, _CONDA)
    prefix, given = _given(host, "CONDA_PREFIX"), _given(host, "CONDARC")
    for path in filter(None, (home / ".condarc", prefix and prefix / ".condarc", given, home / ".mambarc")):
        yield SettingFile("conda", path, _CONDA)
    yield SettingFile("npm", places["npm"], "npm config delete {name}", place="npm")
    yield SettingFile("pnpm", config / "pnpm/rc")
    yield from _pip_of_the_user(host, config)
    poetry = _given(host, "POETRY_CONFIG_DIR") or _application(host, config) / "pypoetry"
    yield from (
        SettingFile("poetry", poetry / name, "poetry config --unset {name}")
        for name in ("config.toml", "auth.toml")
    )
    yield SettingFile("uv", _given(host, "UV_CONFIG_FILE") or config / "uv/uv.toml")
    yield SettingFile("yarn", places["yarn"], place="yarn")  # as root, yarn would edit another file
    yield SettingFile("yarn 2", places["yarn 2"], "yarn config unset --home {name}", place="yarn 2")


def _pip_of_the_user(host: Host, config: Path) -> Iterator[SettingFile]:
    given = host.environment.get("PIP_CONFIG_FILE")
    if given == os.devnull:  # so pip reads no file at all
        return
    user = host.home / "AppData/Roaming/pip/pip.ini" if host.platform == "win32" else config / "pip/pip.conf"
    yield SettingFile("pip", host.home / ".pip/pip.conf")
    yield SettingFile("pip", user, "pip config --user unset {name}")
    venv = _given(host, "VIRTUAL_ENV")
    if venv is not None:
        yield SettingFile("pip", venv / "pip.conf", "pip config --site unset {name}")
    if given:
        yield SettingFile("pip", host.absolute(given))


def _others_of_the_user(host: Host, places: Mapping[str, Path]) -> Iterator[SettingFile]:
    home, config = host.home, _given(host, "XDG_CONFIG_HOME") or host.home / ".config"
    curl = (_given(host, "CURL_HOME"), _given(host, "XDG_CONFIG_HOME"), home)
    yield from (SettingFile("curl", directory / ".curlrc") for directory in curl if directory)
    yield SettingFile("curl", config / "curlrc")
    yield SettingFile("gcloud", places["gcloud"], "gcloud config unset {name}")
    given = _given(host, "GIT_CONFIG_GLOBAL")
    for path in (given,) if given else (config / "git/config", home / ".gitconfig"):
        yield SettingFile("git", path, _GIT)
    yield SettingFile("vscode", places["vscode"])
    yield SettingFile("wget", places["wget"])


def _bundler(host: Host) -> Path:
    directory = _given(host, "BUNDLE_USER_HOME") or host.home / ".bundle"
    return _given(host, "BUNDLE_USER_CONFIG") or directory / "config"


def _application(host: Host, config: Path) -> Path:
    """Where an application has its settings, by platformdirs' word."""
    if host.platform == "darwin":
        return host.home / "Library/Application Support"
    return host.home / "AppData/Roaming" if host.platform == "win32" else config


def _given(host: Host, *names: str) -> Path | None:
    """What a variable says; a relative path would mean another place in every directory."""
    values = (host.environment.get(name, "") for name in names)
    return next((Path(value) for value in values if Path(value).is_absolute()), None)


def _files_of(directory: Path) -> list[Path]:
    try:
        return sorted(path for path in directory.iterdir() if path.is_file())
    except OSError:  # there is none, or it is not for us
        return []
