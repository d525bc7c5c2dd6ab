"""What every dialect is made of: the reading of one client, its routes, and what it says when it refuses.

No message quotes a password.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv.model.proxy_url import ProxyURL
from proxyenv.model.route import Route
from proxyenv.model.shown import hide_values
from proxyenv.model.url import encode_host, show_location

if TYPE_CHECKING:
    from collections.abc import Mapping


Router = Callable[[str], Route]
"""From a URL (`http`, `https`, `ws` or `wss`) to what the client does with it. Pure, and never raises."""


VersionRange = tuple[tuple[int, ...], tuple[int, ...]]
"""From a version, included, to one that is excluded."""


@dataclass(frozen=True, slots=True)
class OlderReading:
    """How earlier versions of a client read the variables.

    Args:
        program: whose version decides, a name of ``catalog.clients.table.CLIENTS``: of a client, or of one
            that is built with the same library.
        versions: those that read them so.
        difference: what is other in them, as a clause.
        verified: those that were driven and agreed.
        prepare: see :class:`Dialect`.
    """

    program: str
    versions: tuple[VersionRange, ...]
    difference: str
    verified: tuple[str, ...]
    prepare: Callable[[Mapping[str, str]], Router]

    def holds_for(self, version: tuple[int, ...]) -> bool:
        """Whether it is the reading of a version, by its numbers."""
        return any(first <= version < after for first, after in self.versions)


@dataclass(frozen=True, slots=True)
class Dialect:
    """One client's reading of the proxy variables.

    Args:
        name: the client, short and stable: the column of ``routes`` and ``client`` in its JSON.
        verified: the versions that were driven and agreed.
        source: where the rule stands: a function of the client's source, a manual, a measurement.
        prepare: reads an environment once and returns the router for it. Linear in the length of the
            environment; it never raises, since what makes the client fail is a route of its own.
        plain: the same where no file of the client counts; ``None`` where none does anyway.
        older: the reading of earlier versions.
    """

    name: str
    verified: tuple[str, ...]
    source: str
    prepare: Callable[[Mapping[str, str]], Router]
    plain: Callable[[Mapping[str, str]], Router] | None = None
    older: OlderReading | None = None


UNREACHABLE: Final = "no such proxy"
"""What our own messages begin with, where the client would hand on the system's."""

_NAME: Final = r"([^\x00-\x20\x7f\"'#%/<>?@\[\\\].]{1,63}\.)*[^\x00-\x20\x7f\"'#%/<>?@\[\\\].]{1,63}\.?"
_IPV6: Final = r"(?=.*:.*:)[0-9a-f:.]+(%.+)?"
_LARGEST_PORT: Final = 65535
_LONGEST_MESSAGE: Final = 10_000
"""A client may quote a whole variable, and each piece of it is looked for in its message."""


class ClientRefusedError(Exception):
    """The client raises.

    Args:
        name: of its exception, such as `InvalidURL`; one of Python's own with its module.
        text: its message.
    """

    def __init__(self, name: str, text: str) -> None:
        super().__init__(name, text)
        self.name = name
        self.text = text


def mask_credentials(text: str, *values: str) -> str:
    """*text* without the passwords of proxy URLs, the users of those without one, and what a query hands on.

    A client that misreads a password quotes a piece of it: `http://u:pa#ss@host` fails with an
    invalid port `pa`. So every piece is masked that a URL parser may have cut out.

    Args:
        text: a message.
        values: the proxy variables' values that it may quote.
    """
    pieces: set[str] = set()
    for value in values:
        userinfo, at, _ = value.rpartition("@")
        location = (userinfo if at else value).rpartition("://")[2] if "://" in value else userinfo or value
        user, _, password = location.partition(":")
        password = password or (user if at else "")
        head = password.partition("/")[0]
        if password and (at or (head and not head.isdigit())):
            pieces.update({password, *re.split(r"[/?#@:\s%\\]+", password)})
    text = hide_values(text, values)
    for piece in sorted(pieces, key=len, reverse=True):
        if piece.strip("*") == "" or piece not in text:
            continue
        escaped = re.escape(piece)
        text = re.sub(rf"(?<=[^\w\s]){escaped}(?!\w)|(?<!\w){escaped}(?=[^\w\s])", "****", text)
    return text


def failure(error: str, text: str, *values: str) -> Route:
    """The route of a client that raises.

    Args:
        error: the exception's name, as the client's users know it.
        text: its message.
        values: the values of proxy variables that the message may quote.
    """
    if len(text) > _LONGEST_MESSAGE:
        return Route.error(f"{error}: a message of {len(text):,} characters")
    return Route.error(f"{error}: {mask_credentials(text, *values)}")


def through(error: str, proxy: ProxyURL, variable: str) -> Route:
    """The route through a proxy, or the error when nothing can be connected to under its name and port.

    The message is ours then: what the system says differs from one to the next.

    Args:
        error: what the client raises when it cannot connect.
        proxy: as the client read it; its port may be any number.
        variable: that names it.
    """
    if not 0 < proxy.port <= _LARGEST_PORT:
        return Route.error(f"{error}: {UNREACHABLE}, port {proxy.port}")
    host = _find_lookup(proxy.host)
    if host is None:
        return Route.error(f"{error}: {UNREACHABLE}, host `{show_location(proxy.host)}`")
    return Route.proxied(proxy._replace(host=host), variable)


def _find_lookup(host: str) -> str | None:
    """What Python asks the resolver for; nothing where that can be no host."""
    try:
        name = host.lower() if host.isascii() else encode_host(host)
    except UnicodeError:
        return None
    if ":" in name:
        return name if re.fullmatch(_IPV6, name) else None
    return name if re.fullmatch(_NAME, name) else None


WHITE_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)
"""What Unicode calls white space, as Go and Rust trim it; Python's ``strip`` takes U+001C to U+001F too."""

SCRIPT_SPACE: Final = WHITE_SPACE.replace("\x85", "\ufeff")
"""What JavaScript trims."""

_ASCII_LOWER: Final = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_SCHEME: Final = r"[A-Za-z][A-Za-z0-9+.-]*:/*"
_SURROGATE: Final = "[\ud800-\udfff]"
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
    return text if text.isascii() else re.sub(_SURROGATE, "\ufffd", text)


def show(text: str) -> str:
    """A proxy variable for a message: what may be a password is masked, and it has an end."""
    before, at, after = text.rpartition("@")
    if at:
        scheme = re.match(_SCHEME, before)
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
