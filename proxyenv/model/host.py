"""The machine, read once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.model.installation import Layout


def find_given(environment: Mapping[str, str], *names: str) -> Path | None:
    """The path in the first of these variables that has one.

    A relative path would mean another place in every directory, and does not count.
    """
    values = (environment.get(name, "") for name in names)
    return next((Path(value) for value in values if os.path.isabs(value)), None)  # noqa: PTH117 - of a text


def is_url(text: str) -> bool:
    """Whether what says where a file is begins as a URL does; one letter is a drive of Windows."""
    scheme, colon, rest = text.partition(":")
    if scheme.lower() == "file":
        return bool(colon)
    bare = scheme.translate(dict.fromkeys(map(ord, "+-.")))
    return rest.startswith("//") and len(scheme) > 1 and bare.isascii() and bare.isalnum()


def read_file_url(text: str, platform: str) -> str | None:
    """The absolute path that a ``file:`` URL of this machine stands for; ``None`` for any other text.

    A path that begins with two slashes is one of another machine on Windows. Source: RFC 8089, its appendix E
    too.
    """
    if not text.lower().startswith("file:"):
        return None
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(text)
    except ValueError:  # a `[` without its `]`
        return None
    if parts.netloc.lower() not in {"", "localhost"}:
        return None
    path = unquote(parts.path, errors="surrogateescape")
    if platform == "win32":
        path = path.replace("\\", "/")
        bare = path.removeprefix("/")
        path = bare if bare[1:3] == ":/" else path
        is_absolute = path[1:3] == ":/" or (path.startswith("/") and ":" not in path)
    else:
        is_absolute = path.startswith("/")
    return path if is_absolute and not path.startswith("//") and "\0" not in path else None


def find_local_path(text: str, platform: str) -> str | None:
    """The path that a text stands for: itself, or what a ``file:`` URL of this machine names.

    ``None`` for any other URL: as a path it would be one below the working directory, where whoever made that
    directory can have put a file.
    """
    return read_file_url(text, platform) if is_url(text) else text


def require_local_path(text: str, host: Host, *, code: str, what: str, where: str = "") -> Path:
    """The file of this machine that a path or a ``file:`` URL names.

    Args:
        text: relative paths start at the current directory.
        host: the machine.
        code: of the error.
        what: what the file is, for messages.
        where: what names it; empty where it was just typed.

    Raises:
        DiscoveryError: it is a URL of another machine, or of something else that is no file here.
    """
    path = find_local_path(text, host.platform)
    if path is None:
        from proxyenv.errors import DiscoveryError
        from proxyenv.model.url import show_location

        named = f", which {where} names," if where else ""
        message = f"{what} `{show_location(text)}`{named} is not on this machine"
        hint = "copy it to this machine, and name the copy by its whole path"
        raise DiscoveryError(code, message, hint=hint)
    return host.absolute(path)


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
