"""Keeps passwords and keys out of what a job says of itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.checks.child.record import Record

_SHORTEST: Final = 4
"""A shorter password is hidden in URLs alone: its letters may be anywhere."""
_MASK: Final = "****"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def hide_secrets(record: Record, secrets: Iterable[str]) -> Record:
    """A record in which no text holds a secret, however it is spelt in a URL.

    Args:
        record: JSON values.
        secrets: passwords and keys, in any order.
    """
    ordered = tuple(sorted(set(secrets), key=len, reverse=True))
    return {key: _hide(value, ordered) for key, value in record.items()}


def _hide(value: Any, secrets: tuple[str, ...]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _hide(item, secrets) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hide(item, secrets) for item in value]
    if not isinstance(value, str):
        return value
    for secret in secrets:
        for spelt in {secret, quote(secret, safe=""), quote(secret)}:
            value = value.replace(f":{spelt}@", f":{_MASK}@").replace(f"//{spelt}:@", f"//{_MASK}:@")
            if len(secret) >= _SHORTEST:
                value = value.replace(spelt, _MASK)
    return value


def find_passwords(value: str) -> Iterator[str]:
    """The passwords in the value of a variable, if it is a URL: as they are spelt, and as they are meant."""
    rest = value.partition("://")[2]
    for authority in (rest, rest.partition("/")[0]):
        password = authority.rpartition("@")[0].partition(":")[2]
        yield from filter(None, (password, unquote(password)))


def find_token(value: str) -> str:
    """The user in the URL of a proxy that has no password, which may be a token; nothing where it has one."""
    _, user, password, _ = _split(value)
    return "" if password else unquote(user)


def hide_userinfo(value: str) -> str:
    """A URL without its password; where it has none, without its user, which may be a token."""
    scheme, user, password, rest = _split(value)
    if not rest:
        return value
    return f"{scheme}{user}:{_MASK}{rest}" if password else f"{scheme}{_MASK}:{rest}"


def _split(value: str) -> tuple[str, str, str, str]:
    """A URL as its scheme, user, password, and the rest from the `@`; all empty where it has no `@`."""
    head, at, tail = value.rpartition("@")
    if not at:
        return "", "", "", ""
    matched = _SCHEME.match(head)
    scheme = matched[0] if matched else ""
    user, _, password = head.removeprefix(scheme).partition(":")
    return scheme, user, password, f"@{tail}"
