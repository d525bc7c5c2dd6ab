"""What is shown of a text that is a URL, holds one, or was meant to be one: no password and no token.

A password may hold blanks, quotes, commas and `@`, and a shell may have cut it at a `&` or `;`. So what does
not parse is not searched for a secret: it is shown as its length.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_MASK: Final = "****"
_AT_SIGNS: Final = ("%40", "\uff20", "\ufe6b")
"""What is typed, or pasted, for an `@`: encoded, full-width, small."""
_SCHEME: Final = r"[A-Za-z][A-Za-z0-9+.-]*:"
_HOST: Final = r"(?:[\w.*-]+|\[[0-9A-Fa-f:./]+(?:%\w+)?\])"
_PORT: Final = r"(?::(?:[0-9]{1,5}|\*|https?))?"
_AUTHORITY: Final = rf"{_SCHEME}//{_HOST}?(?::[0-9]+)?"
_PLACE: Final = f"{_AUTHORITY}/"
_PARAMETERS: Final = rf"[\"'`]?{_AUTHORITY}(?:/[^?#;]*;|;(?![^@]*@))(?=[^?#]*=)"
"""Without a `/` before them an `@` behind says that they are a part of a password."""
_NAMED: Final = r"[\w-]+(?:\.[\w-]+)+(?::[0-9]{1,5})?/"
"""What begins with a host's whole name, such as `repo.corp.example/pkgs`."""
_BEHIND_T: Final = r"(?<=/t/)[^/\s?#\"'`,;|]+"
_PLAIN: Final = "|".join(
    (
        rf"{_SCHEME}//(?:{_HOST}{_PORT}(?:/(?!.*:/).*)?|[^:]*)",
        rf"(?://)?{_HOST}?{_PORT}(?:/[^:]*)?",
        r"[0-9.]+/[0-9]+:[0-9]{1,5}",  # a network with a port, as nobody reads it
        r"(?i:file):(?:/{1,3}[A-Za-z]:)?[^:]*",
        r"[A-Za-z]:(?:[\\/](?!/)[^:]*)?",  # a drive of Windows
        r"[~.]{0,2}/(?!/)[^:]*(?::(?:[0-9]{1,5}\b|/(?!/))[^:]*)*(?::r[ow])?",  # a path, or a list of them
        r"(?:[0-9A-Fa-f]{2}:){3,}[0-9A-Fa-f]{2}|(?i:sha(?:1|256)):[0-9A-Fa-f]{16,}",
    )
)
"""Words with a `:` that holds back no password."""
_IMAGE: Final = r"(?:docker://)?(?:[A-Za-z0-9.-]+(?::[0-9]{1,5})?/)?[a-z0-9._/-]+(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]+)?"
_VOLUME: Final = r"[^:@]*:/(?!/)[^:@]*(?::(?:r[ow]|[zZ]|nocopy)(?:,(?:r[ow]|[zZ]|nocopy))*)?"
_AS_A_WORD: Final = r"(?<![^\W_]){0}(?=@)|(?<=[/:`'\"]){0}(?=[:/`'\"])"
"""Where a text may be a user or a password that a URL holds, and no word of a sentence."""
_SHORTEST: Final = 4
"""Letters of a shorter secret are anywhere: it is hidden only where the whole word is repeated."""


def show(text: str) -> str:
    """A text without credentials and without the values of a query, a fragment and parameters.

    A token that a server wants often stands there (`?token=…`, `#token=…`). It is hidden in what lacks its
    scheme, too; a `?` in the name of a file is no query.
    """
    place, mark, values = _split_values(text)
    if "@" in values and re.match(_PLACE, place) is None:  # the `?` or `#` may stand in a password
        scheme = re.match(f"{_SCHEME}//", place)
        return f"{scheme[0] if scheme else ''}{_MASK}"
    shown = _mask_userinfo(place)
    if may_hold_secret(shown.rpartition("@")[2]):
        return conceal(text)
    return f"{_mask_tokens(shown)}{mark}{_mask_values(values)}"


def conceal(text: str) -> str:
    """What stands for a text that is not shown."""
    return f"({len(text)} characters)"


def may_hold_secret(text: str) -> bool:
    """Whether a text without `@` may hold a password: behind a `:` where no port, path or address is."""
    if any(sign in text for sign in _AT_SIGNS):
        return True
    return ":" in text and not all(map(_is_plain, text.split()))


def _is_plain(word: str) -> bool:
    if ":" not in word or re.fullmatch("[^:/]+:", word):  # the last is a word of a sentence
        return True
    return all(map(_is_plain_part, re.split("[,;|]", word)))


def _is_plain_part(part: str) -> bool:
    bare = re.sub(r"^[\w.-]++=", "", part.strip("'\"`(){}<>.…")).strip("'\"")
    return ":" not in bare or re.fullmatch(_PLAIN, bare) is not None or _is_address(bare)


def _is_address(text: str) -> bool:
    """Whether it is an IPv6 address; the length of its network, and a bracket, may be wrong."""
    import ipaddress

    address, slash, length = text.lstrip("[").partition("/")
    try:
        ipaddress.IPv6Address(address)
    except ValueError:
        return False
    return not slash or re.fullmatch("[0-9:]+", length) is not None


def names_image(text: str) -> bool:
    """Whether a text is the name of an image, whose tag looks like a password to everything else."""
    return re.fullmatch(_IMAGE, text) is not None


def show_image(text: str) -> str:
    """The name of an image, for showing; what is none as :func:`show` shows it."""
    return text if names_image(text) else show(text)


def show_volume(text: str) -> str:
    """A volume of a container, `HERE:THERE`, for showing; what is none as :func:`show` shows it."""
    return text if re.fullmatch(_VOLUME, text) else show(text)


def name_variable(name: str) -> str:
    """A variable that is not there, for messages: what was typed for its name may be the password itself."""
    return f"the variable `{name}`" if re.fullmatch("[A-Z_][A-Z0-9_]*", name) else "the variable"


def hint_export(name: str) -> str:
    """How that variable is handed to a program."""
    if name_variable(name) == "the variable":
        return "say its name, such as `PROXY_PASSWORD`, and not what it holds"
    return f"`export {name}`, then run it again"


def _split_values(text: str) -> tuple[str, str, str]:
    """What stands before the values that a URL hands on, the mark between, and these."""
    found = re.match(_PARAMETERS, text) or re.search("[?#]", text)
    if found is None:
        return text, "", ""
    place, mark, values = text[: found.end() - 1], text[found.end() - 1], text[found.end() :]
    return (place, mark, values) if values and ("://" in place or "=" in values) else (text, "", "")


def _mask_userinfo(text: str) -> str:
    """The same; what stands before the last `@` is masked, but for a scheme.

    A raw password may hold blanks, quotes and more than one `@`, so nothing there is known to be none.
    """
    head, at, tail = text.rpartition("@")
    if not at:
        return text
    before, separator, _ = head.partition("://")
    is_known = separator and "@" not in before and not may_hold_secret(before)
    return f"{before}{separator}{_MASK}@{tail}" if is_known else f"{_MASK}@{tail}"


def _mask_tokens(place: str) -> str:
    """A URL without the token that conda takes from its path, as conda shows it; a path of a file stays."""
    return re.sub(_BEHIND_T, _MASK, place) if _find_tokens(place) else place


def _find_tokens(text: str) -> list[str]:
    is_url = "://" in text or re.match(_NAMED, text)
    return re.findall(_BEHIND_T, text) if is_url and not text.lower().startswith("file:") else []


def mask_query(url: str) -> str:
    """A URL without the values that it hands on."""
    place, mark, values = _split_values(url)
    return f"{place}{mark}{_mask_values(values)}"


def _mask_values(values: str) -> str:
    if not values:
        return ""
    names = (part.partition("=")[:2] if "=" in part else ("", "") for part in values.split("&"))
    return "&".join(f"{name}{equals}{_MASK}" for name, equals in names)


def hide_credentials(text: str, words: Iterable[str]) -> str:
    """*text* without the credentials and tokens among *words*, wherever it repeats them.

    Args:
        text: a message, which may name a word whole, cut, or made a path.
        words: such as a command line.
    """
    for word in words:
        for secret, shown in _find_hidden(re.sub(r"^--?[\w-]+=", "", word)):
            if shown == _MASK and (len(secret) < _SHORTEST or secret.rstrip(":").isalpha()):
                text = re.sub(_AS_A_WORD.format(re.escape(secret)), shown, text)
                continue
            for spelt in (secret, secret.replace("'", "'\"'\"'"), repr(secret)[1:-1]):
                text = text.replace(spelt, shown)
    return text


def hide_values(text: str, words: Iterable[str]) -> str:
    """*text* without the values that the URLs among *words* hand on, and without their tokens.

    Args:
        text: a message of a program, which may name a URL whole, or cut.
        words: such as the values of variables.
    """
    for word in words:
        for secret, shown in _find_values(word):
            for spelt in (secret, repr(secret)[1:-1]):
                text = text.replace(spelt, shown)
    return text


def _find_values(word: str) -> Iterator[tuple[str, str]]:
    if "@" not in word and any(sign in word for sign in _AT_SIGNS):
        yield word, conceal(word)
    yield from ((f"/t/{token}", f"/t/{_MASK}") for token in _find_tokens(word))
    _, mark, values = _split_values(word)
    if values:
        yield f"{mark}{values}", f"{mark}{_mask_values(values)}"


def _find_hidden(word: str) -> Iterator[tuple[str, str]]:
    """What may not be repeated of a word, and what is said in its place; whole first, since parts overlap."""
    shown = show(word)
    before, separator, rest = word.partition("://")
    if shown == conceal(word):
        from proxyenv.model.url import show_path

        yield word, show_path(word)
        inside = word.partition(":")[2].lstrip("/")
        yield from ((each, _MASK) for each in (inside, inside.partition(":")[2]) if len(each) >= _SHORTEST)
    elif separator and rest and not rest.startswith("@"):
        yield rest, shown.partition("://")[2]
    userinfo, at, _ = (rest if separator else before).rpartition("@")
    if at and userinfo and (separator or ":" in userinfo):
        yield userinfo, _MASK
    yield from _find_values(word)
