"""What people write in the place of a proxy's URL, and what was meant by it."""

from __future__ import annotations

import re
from typing import Final

from proxyenv.model.proxy_url import strip_quotes

_SCHEME: Final = r"\A[A-Za-z][A-Za-z0-9+.-]*://"
_NOTHING: Final = frozenset(
    {"", "-", "0", "_none_", "direct", "disable", "disabled", "empty", "false", "nil", "no", "none", "null"}
    | {"off", "undefined", "unset"}
)
"""What people write for no proxy. Most clients take each for the name of a host."""
_NEVER: Final = frozenset({"_none_", "false", "nil", "none", "null", "undefined"})
"""Those that no host is called; what a program writes for an address that it does not have."""
_NO_PORTS: Final = frozenset({"", "0", "80", "443"})

_ASSIGNED: Final = r"\s(?:export\s+|set\s+)?([A-Za-z_]*proxy)\s*="
_TWICE: Final = r"[A-Za-z][A-Za-z0-9+.-]*:/"
_NO_SLASHES: Final = r"(https?):/?(?=[^/])"


def names_nothing(text: str) -> bool:
    """Whether a text, with a scheme or without, is a word for no proxy and no host."""
    return find_nothing(text) is not None


def find_nothing(text: str) -> str | None:
    """The word for no proxy that a text is; ``None`` where it may name a host.

    It is shown in the place of the text, where a password may follow it: `http://none:PASSWORD`. Before an
    `@` it is the name of a user.
    """
    bare = re.sub(_SCHEME, "", strip_quotes(text), count=1).rstrip("/")
    word, colon, port = bare.partition(":")
    host = word.lower()
    if "@" in bare or host not in _NOTHING:
        return None
    if colon and host not in _NEVER and not (host and port.lower() in _NOTHING | _NO_PORTS):
        return None
    return word


def describe_nothing(text: str, taken: str) -> str | None:
    """What is wrong with a word for no proxy, as a clause that repeats no more; ``None`` for another text.

    Args:
        text: the value.
        taken: who takes it for a host, with the verb: `git takes`.
    """
    word = find_nothing(text)
    if word is None:
        return None
    return f"says `{word}`, which {taken} for the name of a host" if word else "has no usable host name"


def find_word(entries: tuple[str, ...]) -> str:
    """The entry of a list of hosts that was meant for no list; empty where there is none.

    A word that some host may have for a name counts only where it stands alone.
    """
    words = _NOTHING - {"", "0"} if len(entries) == 1 else _NEVER
    return next((each for each in entries if each.lower() in words), "")


def find_slip(text: str, rest: str) -> tuple[str, str] | None:
    """What is wrong with an address as a whole, as a clause, and what to write; nothing of it is shown.

    Args:
        text: without blanks and quotes around it.
        rest: what follows its scheme; empty where it has none.
    """
    if text and (clause := describe_nothing(text, "clients take")):
        return clause, "for no proxy, remove it: an empty value or none at all says that"
    if names := [each.lower() for each in re.findall(_ASSIGNED, text, re.IGNORECASE)]:
        listed = ", ".join(f"`{name}`" for name in dict.fromkeys(names))
        return f"holds more than one assignment: {listed} too", "write each on a line of its own"
    if re.match(_TWICE, rest):
        return "has a scheme twice", "write `http://HOST:PORT`"
    if matched := re.match(_NO_SLASHES, text, re.IGNORECASE):
        if text[matched.end() :].isdigit():
            return f"names the host `{matched[1].lower()}`", "write `http://HOST:PORT`"
        return f"lacks `//` after `{matched[1].lower()}:`", f"write `{matched[1].lower()}://HOST:PORT`"
    return None
