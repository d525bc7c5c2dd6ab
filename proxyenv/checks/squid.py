"""The header ``X-Squid-Error``, by which squid marks an answer as its own and not the origin's.

A squid that decrypts opens every tunnel, even to a host that it denies or cannot reach. It completes the TLS
handshake in that host's name and reports the problem inside the tunnel. Such an answer comes with a
certificate of the corporate CA like any other; without the header it would look like the origin's.

Measured with squid 5.7. The value is the name of an error page, which may be a company's own, and an error
number of the operating system: ``ERR_CONNECT_FAIL 111``. So the status decides, and the name explains.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.model.subject import Origin

HEADER: Final = "x-squid-error"
"""In lower case."""

_LONGEST_NAME: Final = 64
_DENIED: Final = 403
_SERVER_ERRORS: Final = 500
_WHY: Final = {
    "ERR_DNS_FAIL": "the proxy itself cannot resolve `{host}`: check the name",
    "ERR_SECURE_CONNECT_FAIL": (
        "the proxy itself cannot establish TLS with `{authority}` or does not trust its certificate; this "
        "machine cannot change that: ask IT to add the CA of `{host}` at the proxy"
    ),
}
_UNREACHED: Final = "the proxy itself cannot connect to `{authority}`: check the name and port"


def find_cause(status: int) -> str:
    """The cause of an answer that is the proxy's own, other than 407."""
    if status == _DENIED:
        return "proxy-denied"
    return "proxy-gateway" if status >= _SERVER_ERRORS else "proxy-answer"


def hint_for(error: str, status: int, origin: Origin) -> str | None:
    """The next step if the proxy failed, or ``None`` if it only refused.

    Args:
        error: the header's value; empty if there is none.
        status: of the answer.
        origin: the target of the request.
    """
    if status < _SERVER_ERRORS:
        return None
    return _WHY.get(name_of(error), _UNREACHED).format(host=origin.host, authority=origin.authority)


def name_of(error: str) -> str:
    """The name of the error page, without the number, cut to a plausible length."""
    return error.partition(" ")[0][:_LONGEST_NAME]
