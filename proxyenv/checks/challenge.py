"""The schemes that a proxy offers with its 407, and which clients can do them.

What each client can do was driven against squid's helpers: curl 7.88, git 2.39, wget 1.21, httpx, requests,
urllib; `docs/forwarders.md` has the table.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from proxyenv.checks.answer import drop_quoted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_PARAMETER: Final = re.compile(rf"{_WORD}\s*=\s*(?:\"|[^=\s])")
_SCHEME: Final = re.compile(rf"({_WORD})(?:\s|$)")

_LONGEST: Final = 64

_SOME: Final = "git by itself, curl with `--proxy-anyauth`, no Python client"
_ABLE: Final[Mapping[str, str]] = MappingProxyType(
    {
        "basic": "every client, with user and password in the proxy's URL",
        "digest": _SOME,
        "ntlm": _SOME,
        "negotiate": "px with a Kerberos ticket, no Python client by itself",
    }
)
_NAMES: Final = MappingProxyType(
    {"basic": "Basic", "digest": "Digest", "ntlm": "NTLM", "negotiate": "Negotiate"}
)


def find_schemes(challenges: str) -> tuple[str, ...]:
    """The schemes in all ``Proxy-Authenticate`` lines, joined by commas, each once, in their order.

    A comma parts challenges, and the parameters of one (RFC 9110, section 11.6.1): what has no `=` behind its
    first word is a scheme.
    """
    return tuple(dict.fromkeys(_find_schemes(drop_quoted(challenges))))


def _find_schemes(plain: str) -> Iterator[str]:
    for part in plain.split(","):
        text = part.strip()
        found = _SCHEME.match(text)
        if found and not _PARAMETER.match(text):
            yield _NAMES.get(found[1].lower(), found[1][:_LONGEST])


def offers_basic(schemes: tuple[str, ...]) -> bool:
    """Whether a user and a password in the URL of the proxy are enough."""
    return "Basic" in schemes


def describe_schemes(schemes: tuple[str, ...], mask: Callable[[str], str] = str) -> str:
    """What is offered, and who could do it, as a clause; empty where nothing is offered.

    Args:
        schemes: as the proxy names them.
        mask: hides what an unknown name repeats of a secret.
    """
    if not schemes:
        return ""
    schemes = tuple(each if each.lower() in _ABLE else mask(each) for each in schemes)
    able: dict[str, list[str]] = {}
    for scheme in schemes:
        able.setdefault(_ABLE.get(scheme.lower(), "no client that was measured"), []).append(scheme)
    told = "; ".join(f"{' and '.join(names)}: {clients}" for clients, names in able.items())
    return f"it offers {', '.join(schemes)} ({told})"
