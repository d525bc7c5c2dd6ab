"""Keeps passwords, keys and tokens out of what a process says of itself, and of what servers answer it."""

from __future__ import annotations

import json
import os
import re
import sys
from base64 import b64encode
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, unquote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SHORTEST: Final = 4
"""A shorter password is hidden in URLs alone: its letters may be anywhere."""
_SHORTEST_TOKEN: Final = 8
"""What is shorter in a query is a word such as `json` or `require`, which is in answers that are judged."""
_MASK: Final = "****"
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_CUT: Final = re.compile(
    r"""(?:https?:/{0,2}|://)[^\s/:@\[\]]*:(?![0-9]{1,5}(?:[/?#,;|\s]|$))(?P<password>[^/\s].*)""",
    re.IGNORECASE | re.DOTALL,
)
"""A URL that was cut before its `@`, by a shell for example: what stands where its port should."""
_AT_SIGN: Final = re.compile("%40|[\uff20\ufe6b]")
_KEYS: Final = (
    "PREFECT_API_KEY",
    "PREFECT_API_AUTH_STRING",
    "PREFECT_SERVER_API_AUTH_STRING",
    "PREFECT_SERVER_DATABASE_PASSWORD",
)
_HEADERS: Final = "PREFECT_CLIENT_CUSTOM_HEADERS"
_REFUSED: Final = re.compile(r"input_value=(?:.*, (?=input_type=)|.*)")
"""What pydantic quotes of a value that it refuses, which may be a secret under a name that we do not know."""


def hide_secrets(value: Any, secrets: Iterable[str]) -> Any:  # noqa: ANN401 - JSON
    """A JSON value in which no text holds a secret, however it is spelt, or a setting that pydantic refuses.

    Args:
        value: as it is; the keys of objects stay.
        secrets: passwords, keys and tokens, in any order.
    """
    ordered = sorted({*secrets} - {""}, key=len, reverse=True)
    return _hide(value, [(spelt, len(each) >= _SHORTEST) for each in ordered for spelt in _spell(each)])


def hide_own(value: Any) -> Any:  # noqa: ANN401 - JSON
    """A JSON value without the secrets of this process; see :func:`hide_secrets`."""
    return hide_secrets(value, find_own_secrets())


def _hide(value: Any, spellings: list[tuple[str, bool]]) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, dict):
        return {key: _hide(item, spellings) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_hide(item, spellings) for item in value]
    if not isinstance(value, str):
        return value
    value = _REFUSED.sub("", value)
    for spelt, everywhere in spellings:
        value = value.replace(f":{spelt}@", f":{_MASK}@").replace(f"//{spelt}:@", f"//{_MASK}:@")
        if everywhere:
            value = value.replace(spelt, _MASK)
    return value


def _spell(secret: str) -> list[str]:
    """A secret as it is, in ASCII, in a URL, in JSON and in JSON within JSON; the longest first."""
    data = secret.encode("utf-8", "surrogateescape")
    left = secret.encode("ascii", "ignore").decode()  # httpx drops the rest of a status line
    spelt = {
        secret,
        left if len(left) >= _SHORTEST else secret,
        *(each for safe in ("", "/") for each in _in_both_cases(quote(data, safe=safe))),
    }
    for quoting in (repr, json.dumps) * 2:
        spelt |= {quoting(each)[1:-1] for each in spelt}
    return sorted(spelt, key=len, reverse=True)


def _in_both_cases(quoted: str) -> tuple[str, str]:
    return quoted, re.sub("%..", lambda found: found[0].lower(), quoted)


def find_own_secrets() -> list[str]:
    """The secrets of this process: of its variables, and of the profile, where Prefect is imported."""
    found = [*find_secrets(os.environ)]
    prefect = sys.modules.get("prefect.settings")
    if prefect is not None:
        with suppress(Exception):  # settings that Prefect refuses
            settings = prefect.get_current_settings()
            found += find_secrets(settings.to_environment_variables(exclude_unset=True))
    return found


def find_secrets(variables: Mapping[str, str]) -> Iterator[str]:
    """The secrets in variables: Prefect's keys and headers, and what :func:`find_in_url` finds.

    Args:
        variables: name → value, of a whole environment.
    """
    for key in filter(None, map(variables.get, _KEYS)):
        yield from (key, key.partition(":")[2], _encode_basic(key))
    for header in _find_headers(variables.get(_HEADERS, "")):
        yield from (header, header.partition(" ")[2])
    for value in {*variables.values()}:
        yield from find_in_url(value)
    yield from (find_token(value) for name, value in variables.items() if name.lower().endswith("_proxy"))


def _find_headers(text: str) -> list[str]:
    """The values of headers, which Prefect takes as JSON."""
    try:
        headers = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return [text]
    return [str(each) for each in headers.values()] if isinstance(headers, dict) else [text]


def find_in_url(value: str) -> Iterator[str]:
    """Password and query values of a text, if it is a URL: as they are spelt, meant, and sent as Basic."""
    if "@" not in value and (cut := _CUT.search(value)):
        yield from (cut["password"], _AT_SIGN.split(cut["password"])[0], unquote(cut["password"]))
    rest = value.partition("://")[2]
    for authority in {rest, rest.partition("/")[0]}:
        userinfo = authority.rpartition("@")[0]
        password = userinfo.partition(":")[2]
        if password:
            yield from (password, unquote(password), _encode_basic(unquote(userinfo)))
    for part in rest.partition("?")[2].partition("#")[0].split("&"):
        token = part.partition("=")[2] or part
        if len(token) >= _SHORTEST_TOKEN:
            yield from (token, unquote_plus(token))


def _encode_basic(userinfo: str) -> str:
    """What Basic authentication sends (RFC 7617)."""
    return b64encode(userinfo.encode("utf-8", "surrogateescape")).decode("ascii")


def find_token(value: str) -> str:
    """The user in the URL of a proxy that has no password, which may be a token; nothing where it has one."""
    _, user, password, _ = _split(value)
    return "" if password else unquote(user)


def hide_userinfo(value: str) -> str:
    """A URL without its password; where it has none, without its user, which may be a token."""
    scheme, user, password, rest = _split(value)
    if not rest:
        cut = _CUT.search(value)
        return f"{value[: cut.start('password')]}{_MASK}" if cut else value
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
