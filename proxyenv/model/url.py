"""URLs, hosts and paths: what stands for one, taken apart, and shown without its secrets."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path
    from urllib.parse import SplitResult

# Patterns are text here: `re` compiles and keeps each when it is first used, not when this is imported.
DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_USUAL: Final = r"(https?://)?[A-Za-z0-9._-]+(:[0-9]{1,5})?(/[A-Za-z0-9._/-]*)?"
_PATH: Final = r"([A-Za-z]:)?(?!//)[^:?#;]*([?#;][^:=]*)?"
_ABSOLUTE: Final = r"/(?!/)|[A-Za-z]:[\\/](?!/)"
_MADE: Final = r"((?:[^:]*/)?)([A-Za-z][A-Za-z0-9+.-]+):/(?!/)(.*)"
_DIRECTORIES: Final = r"(/[^/]+)+"
_FILE_URL: Final = r"file:///[^/?#;][^?#;]*"
_LONGEST_UNENCODED: Final = 1000
_LONGEST_SHOWN: Final = 120


def join_authority(host: str, port: int) -> str:
    """``host:port``, with brackets around an IPv6 address."""
    return f"{bracket(host)}:{port}"


def bracket(host: str) -> str:
    """A host as a URL has it: with brackets around an IPv6 address."""
    return f"[{host}]" if ":" in host else host


def is_loopback(host: str) -> bool:
    """Whether a host, without brackets, means whichever machine asks (RFC 6761, RFC 1122)."""
    bare = host.rstrip(".").lower()
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    import ipaddress

    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def is_address(host: str) -> bool:
    """Whether a host, without brackets, is an IPv4 or an IPv6 address."""
    import ipaddress

    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def encode_host(host: str) -> str:
    """A host as it is looked up, in ASCII.

    Raises:
        UnicodeError: it is none: what is in it, or its length, which takes the encoder a second and more.
    """
    if len(host) > _LONGEST_UNENCODED:
        raise UnicodeError("its host is too long")
    return host.encode("idna").decode("ascii")


def require_unencoded(host: str) -> str:
    """A host that is no percent-encoded text: no name has a `%`, and an encoded `:` and `@` hide a password.

    Raises:
        ValueError: it has one, and no `:`, as an address with a zone does.
    """
    if "%" in host and ":" not in host:
        raise ValueError("its host is percent-encoded")
    return host


def parse_url(text: str, *, code: str, source: str, hint: str | None = None) -> SplitResult:
    """Take an ``http://`` or ``https://`` URL apart.

    Args:
        text: the URL.
        code: of the error, ``api-url-invalid`` or ``url-invalid``.
        source: what names it, for messages, such as ```--url```.
        hint: for a URL that is none.

    Raises:
        UsageError: it is no such URL, or it holds credentials, which would end up in files and logs; or it
            is of an API and has a query.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(text)
        host = require_unencoded(parts.hostname or "")
        usable = parts.scheme in DEFAULT_PORTS and bool(host) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text or "\\" in text:
        shown = show_location(text)
        shown = shown if len(shown) <= _LONGEST_SHOWN else f"{shown[:_LONGEST_SHOWN]}…"
        message = f"{source} is `{shown}`, which is not an `http://` or `https://` URL"
        raise UsageError(code, message, hint=hint)
    if code == "api-url-invalid" and parts.query:
        raise UsageError(
            code,
            f"{source} has a query, and Prefect would put the path of each request behind it",
            hint="Prefect sends a token from `PREFECT_API_KEY` or `PREFECT_CLIENT_CUSTOM_HEADERS`",
        )
    if "@" in parts.netloc:
        raise UsageError(
            code,
            f"{source} holds credentials, which would be shown and stored",
            hint="Prefect reads them from `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING`"
            if code == "api-url-invalid"
            else "name a document that needs none",
        )
    return parts


def require_fetchable(url: str, *, source: str, example: str) -> None:
    """Refuse a URL that names no host which could be asked.

    Args:
        url: ``http://`` or ``https://``.
        source: what names it, for messages, with backticks; the URL without its password in it.
        example: what such a URL looks like.

    Raises:
        UsageError: ``url-invalid``.
    """
    from urllib.parse import urlsplit

    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0
    except ValueError:  # a `[` without its `]`, or a port that is no number
        usable = False
    if not usable or not url.isprintable() or any(each in parts.netloc for each in " \\"):
        message = f"{source} names no host that could be asked"
        raise UsageError("url-invalid", message, hint=f"it looks like `{example}`")


def show_path(path: str | Path) -> str:
    """A path for showing, in which an `@` is no sign of a password; what is no path, as any location.

    Of an absolute path the directories before the first `:` are shown, whatever stands behind. A URL that a
    variable held in the place of a path is judged as the URL.
    """
    text = str(path)
    if re.fullmatch(_PATH, text):
        return text
    if made := re.fullmatch(_MADE, text):
        shown = show_location(f"{made[2]}://{made[3]}")
        if shown.startswith(f"{made[2]}://"):
            return f"{made[1]}{shown.replace('://', ':/', 1)}"
    shown = show_location(text)
    directory = text.partition(":")[0].rpartition("/")[0]
    if not re.fullmatch(_DIRECTORIES, directory):
        return shown
    from proxyenv.model.shown import conceal

    return f"{directory}/{conceal(text[len(directory) + 1 :])}" if shown == conceal(text) else shown


def show_source(text: str) -> str:
    """What says where a file is, for showing: a path as it is, a URL without its secrets."""
    if re.match(_ABSOLUTE, text) and not is_web_url(text):
        return show_path(text)
    if re.fullmatch(_FILE_URL, text, re.IGNORECASE):
        return f"{text[:7]}{show_path(text[7:])}"
    return show_location(text)


def describe_refusal(error: Exception) -> str:
    """Why a library refused a URL, as a clause without any part of it: there may be a password."""
    reason = str(error)
    return "its host or its port is malformed" if "'" in reason or '"' in reason else reason


def is_web_url(text: str) -> bool:
    """Whether what says where a file is names something to fetch."""
    return text.lower().startswith(("http://", "https://"))


def show_location(text: str) -> str:
    """A URL, or a text with one, for showing: without credentials, and without the values of its query.

    What may hold a secret and does not parse is shown as its length.
    """
    if re.fullmatch(_USUAL, text) and "/t/" not in text:
        return text
    from proxyenv.model.shown import show

    return show(text)


def quote_location(text: str) -> str:
    """The same in a command: a word stands for what may not be shown, since the rest of it leads nowhere."""
    import shlex

    return shlex.quote(text) if show_source(text) == text else "URL"


def holds_credentials(url: str) -> bool:
    """Whether a URL names a user or a password; an `@` further behind, as in a query, is none."""
    from urllib.parse import urlsplit

    try:
        return "@" in urlsplit(url).netloc
    except ValueError:
        return "@" in url
