"""What the readings of the native clients share: ASCII case, proxies made from parts, masked values."""

from __future__ import annotations

import re
import string
from typing import TYPE_CHECKING, Final

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

WHITE_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Unicode calls white space, as Go and Rust trim it; Python's ``strip`` takes U+001C to U+001F too."""

SCRIPT_SPACE: Final = WHITE_SPACE.replace("\x85", "\ufeff")
"""What JavaScript trims."""

_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:/*")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_SHOWN: Final = 120


def lower_ascii(text: str) -> str:
    """Lower case for ASCII letters alone, as C's clients compare names."""
    return text.translate(_ASCII_LOWER)


def make_proxy(
    scheme: str, host: str, port: int, username: str | None = None, password: str | None = None
) -> ProxyURL:
    """A proxy from what a client read, without brackets; bytes that are no UTF-8 become U+FFFD."""
    bare = host[1:-1] if host.startswith("[") and host.endswith("]") else host
    if username is None:
        return ProxyURL(scheme, repair(bare).lower(), port)
    return ProxyURL(scheme, repair(bare).lower(), port, repair(username), repair(password or ""))


def repair(text: str) -> str:
    """The text with U+FFFD for bytes of the environment that are no UTF-8."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def show(text: str) -> str:
    """A proxy variable for a message: what may be a password is masked, and it has an end."""
    before, at, after = text.rpartition("@")
    if at:
        scheme = _SCHEME.match(before)
        text = f"{scheme[0] if scheme else ''}****@{after}"
    text = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def first_set(environment: Mapping[str, str], *names: str) -> tuple[str, str] | None:
    """The first of the variables that is there, with its value, which may be empty."""
    return next(((name, environment[name]) for name in names if name in environment), None)


def first_filled(environment: Mapping[str, str], *names: str) -> tuple[str, str] | None:
    """The first of the variables that is there and not empty."""
    return next(((name, environment[name]) for name in names if environment.get(name)), None)


def no_variable(scheme: str) -> Route:
    """Direct, since nothing names a proxy for the scheme."""
    return Route.direct(f"no variable names a proxy for `{scheme}`")
