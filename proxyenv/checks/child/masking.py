"""Keeps passwords, keys and tokens out of what a process says of itself, and of what servers answer it."""

from __future__ import annotations

import json
import os
import re
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from proxyenv.checks.child.userinfo import MASK, encode_basic, find_in_url

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

_SHORTEST: Final = 4
"""A shorter password is hidden in URLs alone: its letters may be anywhere."""
_LONG: Final = 8
"""Letters alone are a plain word up to here."""
_HEADERS: Final = "PREFECT_CLIENT_CUSTOM_HEADERS"
_CREDENTIAL: Final = re.compile(
    r"auth|cookie|token|secret|passw|credential|session|signature|jwt|(?:^|[-_.])(?:pass|pwd|key|sig)(?:$|[-_.])"
    r"|apikey",
    re.IGNORECASE,
)
"""Names of headers that carry a secret."""
_SECRET_VARIABLE: Final = re.compile(
    r"(?:^|_)(?:password|passwd|passphrase|secret|token|api_?key|access_key|secret_key|auth_string|authorization)$",
    re.IGNORECASE,
)
"""Names of variables that hold nothing but a secret."""
_HEADER: Final = re.compile(r"([A-Za-z][\w-]*):[ \t]+(\S[^\r\n]*)")
_SCHEMES: Final = re.compile(r"(?:basic|bearer|digest|negotiate|ntlm|token)\s+(\S.*)", re.IGNORECASE)
_WORD: Final = re.compile(rf"[A-Za-z]{{1,{_LONG - 1}}}|[0-9.]{{1,{_LONG - 1}}}")
_WORDS: Final = frozenset(
    {"application/json", "application/octet-stream", "container", "development", "disabled", "keep-alive"}
    | {
        "kubernetes",
        "localhost",
        "no-cache",
        "no-store",
        "production",
        "text/html",
        "text/plain",
        "undefined",
    }
)
"""Plain words that are longer."""
_FLAGS: Final = frozenset({"0", "1", "false", "no", "none", "null", "off", "on", "true", "yes"})
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
    for spelt, _ in spellings:  # first, so that of a URL the user stays
        value = value.replace(f":{spelt}@", f":{MASK}@").replace(f"//{spelt}:@", f"//{MASK}:@")
    for spelt, everywhere in spellings:
        if everywhere:
            value = value.replace(spelt, MASK)
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
    """The secrets in variables: keys, passwords and headers by their names, and those of :func:`find_in_url`.

    Args:
        variables: name → value, of a whole environment.
    """
    for name, value in variables.items():
        if name == _HEADERS:
            for header, said in _read_headers(value):
                yield from _find_in_header(header, said)
        elif _SECRET_VARIABLE.search(name) and value.lower() not in _FLAGS:
            yield from (value, value.partition(":")[2], *encode_basic(value))
        line = _HEADER.fullmatch(value.strip())  # as in `GIT_CONFIG_VALUE_0`
        if line and _CREDENTIAL.search(line[1]):
            yield from _find_in_header(line[1], line[2])
        yield from find_in_url(value, proxy=_names_proxy(name))


def _names_proxy(name: str) -> bool:
    return name.lower().endswith("_proxy") and name.lower() != "no_proxy"


def _read_headers(text: str) -> list[tuple[str, str]]:
    """Headers as Prefect takes them, as JSON; what is none is a secret as a whole."""
    try:
        headers = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return [("authorization", text)]
    if not isinstance(headers, dict):
        return [("authorization", text)]
    return [
        (str(name), each if isinstance(each, str) else json.dumps(each)) for name, each in headers.items()
    ]


def _find_in_header(name: str, value: str) -> Iterator[str]:
    """The secrets in a header: all of it where its name says so, else what is no plain word."""
    if value.lower() in _FLAGS or (not _CREDENTIAL.search(name) and _is_plain(value)):
        return
    yield value
    if scheme := _SCHEMES.match(value):
        yield scheme[1]
    if "cookie" in name.lower():
        yield from (part.partition("=")[2].strip() for part in value.split(";"))


def _is_plain(text: str) -> bool:
    """Whether a text is a word that anybody may say, and so keeps no secret."""
    return text.lower() in _WORDS or _WORD.fullmatch(text) is not None
