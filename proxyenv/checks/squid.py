"""What squid says of an answer that is its own and not the origin's: the header ``X-Squid-Error``.

Where squid decrypts, it opens every tunnel, even to a host that it denies or cannot reach. It shakes hands
in that host's name and says only then, inside, what is wrong. Such an answer is signed by the corporate
CA like any other, and without the header it would pass for the origin's.

Seen with squid 5.7. The value is the name of an error page, which may be one of the company's own, and
the operating system's error number: ``ERR_CONNECT_FAIL 111``. So the status decides, and the name explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.checks.subject import Origin

HEADER: Final = "x-squid-error"
"""In lower case."""

_LONGEST_NAME: Final = 64
_DENIED: Final = 403
_SERVER_ERRORS: Final = 500
_WHY: Final = {
    "ERR_DNS_FAIL": "the proxy itself cannot resolve `{host}`: check the name",
    "ERR_SECURE_CONNECT_FAIL": (
        "the proxy itself has no TLS with `{authority}`, or does not trust its certificate; nothing on this "
        "machine changes that: ask for the CA of `{host}` to be added at the proxy"
    ),
}
_UNREACHED: Final = "the proxy itself cannot connect to `{authority}`: check the name and port"


def find_cause(status: int) -> str:
    """The cause code of an answer that is the proxy's own, other than 407."""
    if status == _DENIED:
        return "proxy-denied"
    return "proxy-gateway" if status >= _SERVER_ERRORS else "proxy-answer"


def hint_for(error: str, status: int, origin: Origin) -> str | None:
    """One next step where the proxy failed, or ``None`` where it only refuses.

    Args:
        error: the header's value; empty where there is none.
        status: of the answer.
        origin: who was asked for.
    """
    if status < _SERVER_ERRORS:
        return None
    return _WHY.get(name_of(error), _UNREACHED).format(host=origin.host, authority=origin.authority)


def name_of(error: str) -> str:
    """The name of the error page, without the number, and not longer than a name is."""
    return error.partition(" ")[0][:_LONGEST_NAME]
