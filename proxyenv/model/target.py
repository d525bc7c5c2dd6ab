"""The machine as it should be."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from proxyenv.model.certificate import Certificate
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.policy import Policy
    from proxyenv.model.proxy_url import ProxyURL
    from proxyenv.model.tools import ToolFile


class Variable(NamedTuple):
    """One environment variable that the env files set.

    Args:
        name: as it is exported.
        value: what it is set to, or ``None`` to unset it.
        file: a file without which the variable is left alone, or ``None``: a variable that names a
            missing file breaks curl, httpx and uv outright.
        sensitive: whether the value holds a password.
    """

    name: str
    value: str | None
    file: str | None = None
    sensitive: bool = False

    def __repr__(self) -> str:
        """Without the value, which may hold a password."""
        return f"Variable(name={self.name!r}, file={self.file!r}, sensitive={self.sensitive})"


class SharedFile(NamedTuple):
    """A file that something reads for all users, and that only we write.

    Args:
        path: absolute.
        content: the whole text.
        private: whether root alone may read it.
    """

    path: Path
    content: str
    private: bool = False

    def __repr__(self) -> str:
        """Without the content, which may hold a password."""
        return f"SharedFile(path={self.path!r}, private={self.private})"


class SharedTarget(NamedTuple):
    """What all users get beside the env files.

    Args:
        variables: more for the env files.
        files: what systemd and JupyterHub read.
        notes: what has to be done or known, a sentence each.
    """

    variables: tuple[Variable, ...] = ()
    files: tuple[SharedFile, ...] = ()
    notes: tuple[str, ...] = ()


class ProfileTarget(NamedTuple):
    """The keys to write into ``profiles.toml``.

    Args:
        path: the file, symlinks resolved.
        name: the profile.
        settings: ``PREFECT_…`` names to values.
        activate: make it the active profile.
        private: whether a file that is not there is created for its owner alone.
    """

    path: Path
    name: str
    settings: Mapping[str, str]
    activate: bool
    private: bool = True


class Target(NamedTuple):
    """The decision, complete: nothing that follows reads the machine or the request again.

    Args:
        http_proxy: for ``http://`` origins, or ``None`` for direct.
        https_proxy: for ``https://`` origins, or ``None`` for direct.
        no_proxy: the entries to write, in order.
        anchors: the corporate CAs, sorted by fingerprint.
        public_roots: those that the bundle starts from, sorted by fingerprint.
        roots_title: where they are from, for people.
        certifi_version: of the certifi that holds them; ``None`` when none of them is from there.
        system_digest: of the operating system's store, when they are from there.
        variables: what the env files set, in order.
        profile: what ``profiles.toml`` gets.
        rc_files: rc file → the shell that reads it; resolved paths.
        hooks: the files by which Python goes through truststore, one for each environment.
        tools: what is written into the files of tools.
        configuration: what ``refresh`` starts from.
        versions: of the Python that runs the user's flows; none where that is unknown.
        verdicts: fingerprint of a corporate CA → version of Python → the lint for which it refuses the CA.
        notes: what the user should know, a sentence each.
        timer: the files of a timer, path and text.
        policy: the fleet's policy that was followed.
        shared: what is written for all users beside the env files; nothing without ``--system``.
        container_variables: what ``env.list`` sets in containers; ``None``: they cannot have the proxy.
    """

    http_proxy: ProxyURL | None
    https_proxy: ProxyURL | None
    no_proxy: tuple[str, ...]
    anchors: tuple[Certificate, ...]
    public_roots: tuple[Certificate, ...]
    roots_title: str
    certifi_version: str | None
    system_digest: str | None
    variables: tuple[Variable, ...]
    profile: ProfileTarget
    rc_files: tuple[tuple[Path, str], ...]
    configuration: Configuration
    hooks: tuple[Path, ...] = ()
    tools: tuple[ToolFile, ...] = ()
    versions: tuple[str, ...] = ()
    verdicts: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType({})
    notes: tuple[str, ...] = ()
    container_variables: tuple[Variable, ...] | None = None
    policy: Policy | None = None
    shared: tuple[SharedFile, ...] = ()
    timer: tuple[tuple[Path, str], ...] = ()

    @property
    def sensitive(self) -> bool:
        """Whether the env files hold a password."""
        return any(variable.sensitive for variable in self.variables)
