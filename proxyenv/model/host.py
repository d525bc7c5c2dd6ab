"""The machine, read once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.installation import Layout


def find_search_path(environment: Mapping[str, str]) -> str:
    """The ``PATH`` without its relative entries, which mean whatever directory one is in.

    Whoever can write there would choose the program that is started.
    """
    entries = environment.get("PATH", "").split(os.pathsep)
    return os.pathsep.join(filter(os.path.isabs, entries))


def read_file_url(text: str, platform: str) -> str | None:
    """The path that a ``file://`` URL of this machine stands for (RFC 8089); ``None`` for any other text."""
    if not text.lower().startswith("file:/"):
        return None
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:  # a `[` without its `]`
        return None
    if parts.netloc.lower() not in {"", "localhost"}:
        return None
    return unquote(parts.path.removeprefix("/") if platform == "win32" else parts.path)


class SharedPlaces(NamedTuple):
    """What reads settings for every user of this machine.

    Args:
        rc_files: each shell that has a file for all, by name, with the file.
        systemd: whether systemd is here.
    """

    rc_files: tuple[tuple[str, Path], ...] = ()
    systemd: bool = False


class Host(NamedTuple):
    """What the decisions depend on and the user did not say.

    Args:
        platform: as ``sys.platform`` says it.
        home: the user's home directory, absolute.
        directory: the current directory, absolute; Prefect reads settings files there.
        environment: the environment variables, as found.
        shells: the shells that the user has, by name (``bash``, ``fish``, ...), sorted.
        layout: where the files of this installation lie.
        sudo_user: who called ``sudo``, when the home is not that user's own; else ``None``.
        is_root: whether this process may write what belongs to the system.
        shared: with ``--system``: where settings for all users go. Then the home is one that is empty, and of
            the environment only that is left which says nothing of one user.
    """

    platform: str
    home: Path
    directory: Path
    environment: Mapping[str, str]
    shells: tuple[str, ...]
    layout: Layout
    sudo_user: str | None = None
    is_root: bool = False
    shared: SharedPlaces | None = None

    @property
    def for_all(self) -> bool:
        """Whether this is about all users of the machine."""
        return self.shared is not None

    @property
    def workplace(self) -> Path:
        """Where the processes start that this is about: here, or where services do."""
        return Path(self.directory.anchor) if self.for_all else self.directory

    def absolute(self, text: str, *, expand: bool = True) -> Path:
        """A path as the user wrote it, made absolute without following symlinks.

        Args:
            text: relative paths start at the current directory.
            expand: whether `~` is the home; no client expands it in a variable.
        """
        if expand and (text == "~" or text.startswith(("~/", "~\\"))):
            home = Path(self.environment.get("HOME", self.home)) if self.for_all else self.home
            return home / text[2:]
        return Path(os.path.normpath(self.directory / text))
