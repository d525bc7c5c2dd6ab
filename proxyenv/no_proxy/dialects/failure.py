"""What a client says when it refuses, without the password that its message may quote."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from proxyenv.model.route import Route

if TYPE_CHECKING:
    from proxyenv.model.proxy_url import ProxyURL

UNREACHABLE: Final = "no such proxy"
"""What begins a message of ours, where the client would hand on the system's."""

_NAME: Final = re.compile(
    r"([^\x00-\x20\x7f\"'#%/<>?@\[\\\].]{1,63}\.)*[^\x00-\x20\x7f\"'#%/<>?@\[\\\].]{1,63}\.?"
)
_IPV6: Final = re.compile(r"(?=.*:.*:)[0-9a-f:.]+(%.+)?")
_LARGEST_PORT: Final = 65535


def mask_credentials(text: str, *values: str) -> str:
    """*text* without the passwords of proxy URLs.

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
        password = location.partition(":")[2]
        head = password.partition("/")[0]
        if password and (at or (head and not head.isdigit())):
            pieces.update({password, *re.split(r"[/?#@:\s%\\]+", password)})
    quoted = (piece for piece in pieces if piece and piece in text)
    for piece in sorted(quoted, key=len, reverse=True):
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
        return Route.error(f"{error}: {UNREACHABLE}, host `{proxy.host}`")
    return Route.proxied(replace(proxy, host=host), variable)


def _find_lookup(host: str) -> str | None:
    """What Python asks the resolver for; nothing where that can be no host."""
    try:
        name = host.lower() if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    if ":" in name:
        return name if _IPV6.fullmatch(name) else None
    return name if _NAME.fullmatch(name) else None
