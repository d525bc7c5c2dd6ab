"""``proxyenv trust COMMAND``: which function answers which command."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from proxyenv.cli.session import Result, Session


def run_trust(session: Session) -> Result:
    """Run one command of the verb ``trust``.

    Raises:
        ProxyenvError: it could not be done.
    """
    return _COMMANDS[session.options.command](session)


def _inspect(session: Session) -> Result:
    from proxyenv.cli.trust_inspect import inspect

    return inspect(session)


def _fetch(session: Session) -> Result:
    from proxyenv.cli.trust_fetch import fetch

    return fetch(session)


def _install(session: Session) -> Result:
    from proxyenv.cli.trust_stores import install

    return install(session)


def _remove(session: Session) -> Result:
    from proxyenv.cli.trust_stores import remove

    return remove(session)


def _status(session: Session) -> Result:
    from proxyenv.cli.trust_stores import status

    return status(session)


_COMMANDS: dict[str, Callable[[Session], Result]] = {
    "inspect": _inspect,
    "fetch": _fetch,
    "install": _install,
    "remove": _remove,
    "status": _status,
}
