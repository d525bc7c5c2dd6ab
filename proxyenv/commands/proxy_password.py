"""The password of the proxy's user, where the command line names one: asked for, or remarked upon."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import UsageError
from proxyenv.model.configuration import PASSWORD_SOURCES, PROXY_URLS, SETUP_OPTIONS
from proxyenv.model.proxy_url import find_bare_user, find_proxy_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.commands.command import Session

_WAYS: Final = (
    "`--proxy-password-file FILE` or `--proxy-password-env NAME` says where it is; a user without one is "
    "`USER:@HOST:PORT`"
)


def settle_given(session: Session, given: Mapping[str, Any]) -> str | None:
    """The password that somebody types; ``None`` where there is nothing to ask.

    Args:
        session: with the terminal.
        given: the options of ``setup`` that were given, by their names.

    Raises:
        UsageError: ``proxy-password``: a user is named, and nobody can be asked.
    """
    texts = {name: given[name] for name in PROXY_URLS if given.get(name)}
    told = [name for name, text in texts.items() if _holds_password(text)]
    if told:
        session.terminal.remark(
            f"note: `{SETUP_OPTIONS[told[0]].flag}` was given with its password, which the shell's history "
            "and the list of processes show; `USER@HOST:PORT` asks, `--proxy-password-file FILE` reads it"
        )
    bare = [found for text in texts.values() if (found := find_bare_user(text)) is not None]
    if not bare or any(given.get(name) for name in PASSWORD_SOURCES):
        return None
    proxy = bare[0]
    if session.terminal.can_ask and not getattr(session.options, "yes", False):
        typed = session.terminal.ask_password(f"Password of `{proxy.username}` at `{proxy.authority}`:")
        if typed:
            return typed
    raise UsageError(
        "proxy-password",
        f"the user at `{proxy.authority}` has no password here, and nobody can be asked for it",
        hint=_WAYS,
    )


def _holds_password(text: str) -> bool:
    proxy = find_proxy_url(text)
    return proxy is not None and bool(proxy.password)
