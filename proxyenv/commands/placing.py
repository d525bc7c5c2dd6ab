"""What another place gets, for the verbs that write for one: read this machine, decide for there."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Final

from proxyenv.commands.arguments import choose_options, read_request
from proxyenv.commands.downloads import fetch_cas
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.places import decide_place
from proxyenv.errors import UsageError
from proxyenv.formats.configuration import parse_configuration
from proxyenv.machine.content import read_named_text
from proxyenv.machine.findings import read_findings, with_password
from proxyenv.machine.installation import read_installation
from proxyenv.model.host import require_local_path
from proxyenv.model.option import Option
from proxyenv.model.place import EVERYWHERE, PlaceLayout

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.commands.command import Session
    from proxyenv.model.configuration import Configuration
    from proxyenv.model.no_proxy import Rule
    from proxyenv.model.place import Place, PlaceTarget

PLACE_OPTIONS: Final = {
    "at": Option(("--at",), f"where the files lie there (default: {EVERYWHERE})", metavar="DIR"),
    "config": Option(
        ("--config",),
        "take the settings from this `proxyenv.toml` instead of from what is set up here",
        metavar="FILE",
    ),
    **choose_options(
        "proxy", "http_proxy", "https_proxy", "proxy_there",
        "proxy_password_file", "proxy_password_env", "proxy_password_keyring", "no_proxy", "derive",
        "ca", "fingerprints", "ca_password_env", "ca_password_file", "base", "api_url",
    ),
}  # fmt: skip
"""The options of every verb that writes for another place."""


def settle_place(session: Session, place: Place, direct: tuple[Rule, ...] = ()) -> PlaceTarget:
    """What is decided for a place, from the options, then ``--config`` or what is set up here.

    Args:
        session: its options are among :data:`PLACE_OPTIONS`.
        place: which it is.
        direct: what is direct only there.

    Raises:
        ProxyenvError: an option is wrong, something is missing, refused or ambiguous, or true only here.
    """
    host, options = session.host, session.options
    layout, asked = PlaceLayout(_parse_directory(options.at)), read_request(session)
    installation = read_installation(host)
    config = options.config and require_local_path(
        options.config, host, code="file-unreadable", what="the configuration"
    )
    if config is None and installation.damage is not None:
        raise installation.damage
    saved = installation.configuration if config is None else _read_configuration(config)
    request = asked._replace(refresh=saved is not None)
    intent = with_password(merge_intent(request, saved), host, saved)
    installation = installation._replace(configuration=saved)
    findings = read_findings(host, intent, installation, now=session.now, fetched=fetch_cas(session, intent))
    return decide_place(place, layout, host, findings, intent, direct=direct)


def _parse_directory(text: str | None) -> PurePosixPath:
    """The directory of another place, which is a POSIX system whatever this one is.

    Args:
        text: what ``--at`` says, or ``None``.

    Raises:
        UsageError: ``usage``: it is not absolute, or has a part such as ``..``.
    """
    path = PurePosixPath(EVERYWHERE if text is None else text)
    if (
        not path.is_absolute()
        or ".." in path.parts
        or path == PurePosixPath("/")
        or not str(path).isprintable()
    ):
        raise UsageError("usage", f"`--at {text}` is no directory of its own", hint="such as `/etc/proxyenv`")
    return path


def _read_configuration(path: Path) -> Configuration:
    text = read_named_text(path)
    return parse_configuration(text, source=f"`{path}`")
