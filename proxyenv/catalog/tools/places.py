"""Where the tools have the files of the user, by each tool's own documentation."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.host import Host

APT: Final = Path("/etc/apt/apt.conf.d/95proxyenv")


def find_places(host: Host, *, gcloud_configuration: str | None = None) -> Mapping[str, Path]:
    """Each file by a name of ours; of yarn, the first release and the later ones have one each.

    Args:
        host: the machine.
        gcloud_configuration: the name of the configuration that gcloud uses; ``None`` for the usual one.
    """
    home = host.home

    def given(default: str, *names: str) -> Path:
        """What a variable says; a relative path would mean another place in every directory."""
        values = (host.environment.get(name, "") for name in names)
        return next((Path(value) for value in values if Path(value).is_absolute()), home / default)

    gcloud = given(".config/gcloud", "CLOUDSDK_CONFIG")
    return {
        "apt": APT,
        "conda": given(".condarc", "CONDARC"),
        "docker": given(".docker", "DOCKER_CONFIG") / "config.json",
        "gcloud": gcloud / f"configurations/config_{gcloud_configuration or 'default'}",
        "gradle": given(".gradle", "GRADLE_USER_HOME") / "gradle.properties",
        "maven": home / ".m2/settings.xml",
        "mavenrc": home / ".mavenrc",
        "npm": given(".npmrc", "NPM_CONFIG_USERCONFIG", "npm_config_userconfig"),
        "vscode": _vscode(host, given(".config", "XDG_CONFIG_HOME")),
        "wget": given(".wgetrc", "WGETRC"),
        "yarn": home / ".yarnrc",
        "yarn 2": home / ".yarnrc.yml",
    }


def _vscode(host: Host, config: Path) -> Path:
    if host.platform == "darwin":
        config = host.home / "Library/Application Support"
    elif host.platform == "win32":
        config = host.home / "AppData/Roaming"
    return config / "Code/User/settings.json"
