"""The credentials of URLs: one reader of all spellings, for what is hidden and for what is shown of them."""

from __future__ import annotations

import re
from base64 import b64encode
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterator

MASK: Final = "****"
_SHORTEST_TOKEN: Final = 8
"""What is shorter in a query is a word such as `json` or `require`."""
_LONGEST: Final = 4096
_MOST: Final = 64
"""URLs in one text that are looked at."""
_SCHEME: Final = re.compile(r"https?:/{0,2}|(?<![A-Za-z0-9+.-])[A-Za-z][A-Za-z0-9+.-]*://|//", re.IGNORECASE)
_FULL_SCHEME: Final = re.compile(r"(?:[A-Za-z][A-Za-z0-9+.-]*:)?//")
_NAME: Final = re.compile(r"[\w.-]+=")
_SEPARATORS: Final = re.compile(r"[\s,;|]+")
_AT_SIGN: Final = re.compile("%40|[\uff20\ufe6b]")
_ODD: Final = re.compile(r"""[\s"'{}()<>\\]|^/|:/""")
"""In what is no userinfo unless something says so: words of a sentence, JSON, lists of paths."""
_PORT: Final = re.compile(r"[0-9]{1,5}/")
_ENTRY: Final = re.compile(
    r"\*?\.?[\w-]+(?:\.[\w*-]+)+\.?(?::[0-9]{1,5})?(?:/[0-9]{1,3})?|\.[\w.-]+|\*|localhost|"
)
_IMAGE: Final = re.compile(
    r"(?:docker://)?[\w.-]+(?:(?::[0-9]{1,5})?/[\w./-]*)?(?::[\w.-]+)?@sha256:[0-9a-f]+"
)
"""An image with a digest, behind whose `@` no host stands."""
_CUT: Final = re.compile(
    r"""(?:https?:/{0,2}|://)[^\s/:@\[\]]*:(?!(?:[0-9]{1,5}|\*)(?:[/?#,;|\s]|$))(?P<password>[^/\s].*)""",
    re.IGNORECASE | re.DOTALL,
)
"""A URL that was cut before its `@`, by a shell for example: what stands where its port should."""


def find_in_url(value: str, *, proxy: bool = False) -> Iterator[str]:
    """The secrets of a text, if it is a URL, or a list of them, in any spelling.

    They are passwords, users without one, which may be tokens, and values of queries: as they are spelt,
    meant, and sent as Basic.

    Args:
        value: any text.
        proxy: whether it is the address of a proxy, which may lack its scheme.
    """
    for userinfo, web in _find_userinfos(value, proxy=proxy):
        for spelt in (userinfo, unquote(userinfo)):
            user, _, password = spelt.partition(":")
            if password and (proxy or not _PORT.match(password)):
                yield from (password, unquote(password), spelt)
            elif user and (proxy or (web and "/" not in user)):
                yield from (user, unquote(user))
            if password or web or proxy:
                yield from encode_basic(spelt if ":" in spelt else f"{spelt}:")
    for part in _split(value):
        if "@" not in part and (cut := _CUT.search(part)):
            yield from (cut["password"], _AT_SIGN.split(cut["password"])[0], unquote(cut["password"]))
        if "://" in part:
            yield from _find_in_query(part)


def _find_in_query(url: str) -> Iterator[str]:
    for part in url.partition("?")[2].partition("#")[0].split("&"):
        token = part.partition("=")[2] or part
        if len(token) >= _SHORTEST_TOKEN:
            yield from (token, unquote_plus(token))


def encode_basic(userinfo: str) -> tuple[str, str]:
    """What Basic authentication sends (RFC 7617), with its padding and without."""
    sent = b64encode(userinfo.encode("utf-8", "surrogateescape")).decode("ascii")
    return sent, sent.rstrip("=")


def _split(value: str) -> list[str]:
    """A text as a whole, and what stands between blanks and commas, since it may be a list or hold them."""
    whole = value.strip(" \t\r\n\"'")
    parts = [part for part in _SEPARATORS.split(whole) if "@" in part or ":" in part or _AT_SIGN.search(part)]
    return list(dict.fromkeys((whole, *parts[:_MOST])))


def _find_userinfos(value: str, *, proxy: bool) -> Iterator[tuple[str, bool]]:
    """Each reading of what stands before an `@`, and whether it is in a URL of the web."""
    for part in _split(value):
        text = part if "@" in part else _AT_SIGN.sub("@", unquote(part))
        if "@" not in text or (not proxy and _IMAGE.fullmatch(text)):
            continue
        for start, scheme in _find_starts(text).items():
            for userinfo in filter(None, _read(text[start:])):
                known = proxy or scheme or (":" in userinfo and not _ODD.search(userinfo))
                if known and len(userinfo) <= _LONGEST:
                    yield userinfo, scheme.startswith("http")


def _find_starts(text: str) -> dict[int, str]:
    """Where a userinfo may begin, and the scheme before it, which may be none."""
    found = [each for _, each in zip(range(_MOST), _SCHEME.finditer(text), strict=False)]
    starts = {each.end(): each[0].lower() for each in found}
    named = _NAME.match(text)
    for start in (0, named.end() if named else 0):
        if not _FULL_SCHEME.match(text, start):
            starts.setdefault(start, "")
    return starts


def _read(rest: str) -> Iterator[str]:
    """What clients take for it: it ends at the last `@` of all, at that of the authority, or at the first."""
    authority = re.split("[/?#]", rest, maxsplit=1)[0]
    ends = (rest.rfind("@"), authority.rfind("@"), authority.find("@"))
    yield from (rest[:end] for end in dict.fromkeys(ends) if end > 0)


def hide_userinfo(value: str) -> str:
    """The address of a proxy, or a list of them, without a password, or else a user, which may be a token.

    Nothing else of it is changed, also where a word of the host is that password.
    """
    head, at, tail = value.rpartition("@")
    if not at:
        start = _SCHEME.match(value)
        if cut := _CUT.search(value):
            return f"{value[: cut.start('password')]}{MASK}"
        place = re.split("[?#]", value, maxsplit=1)[0]
        if _AT_SIGN.search(place):
            return f"{start[0] if start else ''}{MASK}"
        return _hide_query(value) if "://" in value else value
    matched = _FULL_SCHEME.match(head)
    scheme = matched[0] if matched else ""
    user, _, password = head.removeprefix(scheme).partition(":")
    shown = f"{user}:{MASK}" if password else f"{MASK}:"
    return f"{scheme}{shown}@{_hide_query(tail)}"


def hide_in_list(value: str) -> str:
    """A list of hosts, such as NO_PROXY, entry by entry, since each decides which way a connection takes.

    What stands between the beginning of a URL and its `@` may be the rest of a password. Behind a URL that
    was cut and has no `@` only what is an address or has a dot is surely an entry.
    """
    entries = re.split(r"([,;|\s]+)", value)  # every second one is a separator
    shown = [hide_userinfo(each) if place % 2 == 0 else each for place, each in enumerate(entries)]
    start, cut = None, False
    for place, entry in enumerate(entries[::2]):
        ends = "@" in entry or _AT_SIGN.search(entry) is not None
        if ends and start is not None and "://" not in entry:
            for between in range(start, place):
                shown[2 * between] = MASK
        if ends:
            start, cut = (place + 1 if "://" in entry or start is not None else None), False
        elif cut and not _ENTRY.fullmatch(entry):
            shown[2 * place] = MASK
        elif "://" in entry or (start is None and _is_cut_user(entry)):
            start, cut = place, cut or _CUT.search(entry) is not None
    return "".join(shown)


def _is_cut_user(entry: str) -> bool:
    """Whether an entry may be a user and the beginning of a password: no port, address or network."""
    user, colon, password = entry.partition(":")
    return bool(colon and user and ":" not in password and not re.fullmatch(r"[0-9]{1,5}|\*", password))


def _hide_query(text: str) -> str:
    place, mark, query = text.partition("?")
    values, fragment, tail = query.partition("#")
    hidden = "&".join(map(_hide_value, values.split("&")))
    return f"{place}{mark}{hidden}{fragment}{tail}"


def hide_in_url(url: str) -> str:
    """A URL without its credentials and the long values of its query; scheme, host, port and path stay.

    What has no `://` stays as it is.
    """
    head, separator, rest = url.partition("://")
    end = re.search("[/?#]", rest)
    authority, tail = (rest[: end.start()], rest[end.start() :]) if end else (rest, "")
    _, at, host = authority.rpartition("@")
    return f"{head}{separator}{f'{MASK}:@' if at else ''}{host}{_hide_query(tail)}" if separator else url


def _hide_value(part: str) -> str:
    name, equals, value = part.partition("=") if "=" in part else ("", "", part)
    return f"{name}{equals}{MASK}" if len(value) >= _SHORTEST_TOKEN else part
