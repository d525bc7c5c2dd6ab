"""Keeps passwords and keys out of what a job says of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.checks.child.record import Record

_SHORTEST: Final = 4
"""A shorter password is hidden in URLs alone: its letters may be anywhere."""
_MASK: Final = "****"


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
            value = value.replace(f":{spelt}@", f":{_MASK}@")
            if len(secret) >= _SHORTEST:
                value = value.replace(spelt, _MASK)
    return value


def find_passwords(value: str) -> Iterator[str]:
    """The passwords in the value of a variable, if it is a URL: as they are spelt, and as they are meant."""
    rest = value.partition("://")[2]
    for authority in (rest, rest.partition("/")[0]):
        password = authority.rpartition("@")[0].partition(":")[2]
        yield from filter(None, (password, unquote(password)))


def hide_userinfo(value: str) -> str:
    """A URL without its password."""
    head, separator, tail = value.rpartition("@")
    if not separator:
        return value
    scheme, slashes, user = head.rpartition("://")
    return f"{scheme}{slashes}{user.partition(':')[0]}:{_MASK}@{tail}"
