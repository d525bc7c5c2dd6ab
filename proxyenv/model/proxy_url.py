"""The URL of a proxy, read in any spelling, with its password kept out of sight.

Clients disagree about almost every shorthand of a proxy URL. `host:port` without a scheme works in httpx and
curl and fails in websockets, aiohttp and Node; a path fails in websockets; a missing port means 80, 1080 or
an error; a raw `@` in a password is cut off by git and uv. What they all accept is
``http://user:percent%2Dencoded@host:port``, and that is what is written. Measured against httpx 0.28.1,
websockets 16.1.1, curl 7.88.1 and some thirty others.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.model.url import DEFAULT_PORTS, encode_host, is_address, join_authority, show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

# Patterns are text here: `re` compiles and keeps each when it is first used, not when this is imported.
_SCHEME: Final = r"([A-Za-z][A-Za-z0-9+.-]*)://"
_PLAIN: Final = r"(https?://)?([^/@\s]+@)?[A-Za-z0-9._-]+:[0-9]+/?"
_NAME: Final = r"(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*"
_FOUR_NUMBERS: Final = r"[0-9]+(\.[0-9]+){3}"
_PORT: Final = r"[0-9]{1,5}"
_LONGEST_NAME: Final = 253
_LARGEST_PORT: Final = 65535
_LEAST_LEFT: Final = 4
_SHORTEST: Final = 4
_MASK: Final = r"[*\u2022\u25cf\u00b7\u2219\u2026]{3,}|xxxxx|[<\[(]?redacted[>\])]?"
"""What programs print in the place of a password: asterisks or bullets; Go's `xxxxx`; git's `<redacted>`."""


class ProxyURL(NamedTuple):
    """A proxy that httpx, websockets and curl agree about: scheme, host, port, credentials.

    ``str()`` and ``repr()`` mask the :attr:`secret`; :meth:`reveal` shows it, so that one can search for
    every place that does.

    Args:
        scheme: ``http`` or ``https``: how to speak *to* the proxy.
        host: a name or an address, lower case; IPv6 without brackets.
        port: 1 to 65535.
        username: decoded, or ``None`` when the proxy needs no credentials.
        password: decoded, or ``None``.
    """

    scheme: str
    host: str
    port: int
    username: str | None = None
    password: str | None = None

    @property
    def authority(self) -> str:
        """``host:port``, with brackets around an IPv6 address."""
        return join_authority(self.host, self.port)

    @property
    def secret(self) -> str:
        """What nobody else may see: the password; without one the user, which may be a token."""
        return self.password or self.username or ""

    @property
    def sensitive(self) -> bool:
        """Whether revealing it reveals a secret."""
        return bool(self.secret)

    def reveal(self) -> str:
        """The URL with its credentials, percent-encoded but for RFC 3986's unreserved characters."""
        return self._render(_quote(self.username or ""), _quote(self.password or ""), self.authority)

    def reveal_basic(self) -> str | None:
        """What Basic authentication sends (RFC 7617); ``None`` where the proxy needs no credentials."""
        if self.username is None:
            return None
        from base64 import b64encode

        return b64encode(f"{self.username}:{self.password or ''}".encode()).decode("ascii")

    def mask(self, text: str) -> str:
        """What somebody else said, without the secret: see :func:`mask_secret`; or as Basic sends it."""
        if not self.sensitive:
            return text
        return mask_secret(text.replace(self.reveal_basic() or self.secret, "****"), self.secret)

    def __str__(self) -> str:
        user, password = (_quote(self.username or ""), "****") if self.password else ("****", "")
        user = user if self.username else ""
        if re.fullmatch(_NAME, self.host) or is_address(self.host):
            return self._render(user, password, self.authority)
        # What a client took for the host may be a URL, or hold what stands before an `@`.
        return show_location(self._render(user, password, f"{self.host}:{self.port}"))

    def __repr__(self) -> str:
        return f"ProxyURL({str(self)!r})"

    def _render(self, user: str, password: str, authority: str) -> str:
        userinfo = "" if self.username is None else f"{user}:{password}@"
        return f"{self.scheme}://{userinfo}{authority}"


def mask_secret(text: str, secret: str) -> str:
    """*text* without a secret, as it is, percent-encoded, or made ASCII.

    The letters of a short one are anywhere, so it is hidden in URLs alone. Our own sentences never go through
    this: where a password is one of their words, what is missing there would say which.

    Args:
        text: what somebody else said who knows it.
        secret: not empty.
    """
    spelt = {secret, *_quote_in_all_ways(secret), *_make_ascii(secret)}
    for spelling in sorted(spelt, key=len, reverse=True):
        for before, behind in ((":", "@"), ("//", "@"), ("//", ":@")):
            text = text.replace(f"{before}{spelling}{behind}", f"{before}****{behind}")
        if len(secret) >= _SHORTEST:
            text = text.replace(spelling, "****")
    return text


def _quote(text: str) -> str:
    if not text:
        return ""
    from urllib.parse import quote  # only a URL with credentials is worth the time that it takes to import

    return quote(text, safe="")


def _quote_in_all_ways(text: str) -> Iterator[str]:
    """A text percent-encoded, with and without its slashes, in upper and in lower case."""
    from urllib.parse import quote

    for quoted in (quote(text, safe=""), quote(text)):
        yield quoted
        yield re.sub("%..", lambda found: found[0].lower(), quoted)


def _make_ascii(text: str) -> Iterator[str]:
    """A text as answers are shown: without what is not ASCII, or with `?`, unless little is left."""
    if len(left := text.encode("ascii", "ignore").decode()) >= _LEAST_LEFT:
        yield left
        for decoded in (text, text.encode().decode("latin-1")):
            yield decoded
            yield re.sub("[^ -~]", "?", decoded)


def parse_proxy_url(text: str, *, source: str = "the proxy URL") -> ProxyURL:
    """Read a proxy's address, in any spelling that has only one meaning.

    Blanks and quotes around it are dropped, a missing scheme is `http`, a missing port is the
    scheme's own, a path is dropped. Credentials may be percent-encoded or raw: they end at the last
    `@`, so that a raw `@`, `/`, `#` or `?` in a password is understood.

    Args:
        text: what the user or a variable says.
        source: where it comes from, for messages.

    Raises:
        UsageError: ``proxy-url-invalid``. The message never holds the password.
    """
    cleaned = strip_quotes(text)
    if any("\ud800" <= character <= "\udfff" for character in cleaned):
        raise UsageError("proxy-url-invalid", f"{source} is not valid UTF-8")
    matched = re.match(_SCHEME, cleaned)
    scheme = matched[1].lower() if matched else "http"
    rest = cleaned[matched.end() :] if matched else cleaned.removeprefix("//")
    if re.fullmatch(_PLAIN, cleaned) is None:
        from proxyenv.model.slips import find_slip

        if slip := find_slip(cleaned, rest if matched else ""):
            raise UsageError("proxy-url-invalid", f"{source} {slip[0]}", hint=slip[1])
    userinfo, _, address = rest.rpartition("@")
    location, *path = re.split(r"[/?#]", address, maxsplit=1)
    if matched is None and any(path) and not cleaned.startswith("//"):
        raise UsageError("proxy-url-invalid", f"{source} looks misspelt", hint="write `http://HOST:PORT`")
    if scheme not in DEFAULT_PORTS:
        raise UsageError(
            "proxy-url-invalid", f"{source} has the scheme `{scheme}`", hint=_scheme_hint(scheme)
        )
    if address.endswith((".pac", "wpad.dat")):
        raise UsageError(
            "proxy-url-invalid",
            f"{source} names a proxy auto-configuration file, not a proxy",
            hint="look into that file for `PROXY host:port` and give that",
        )
    host, port = _split_location(location, scheme, source)
    username, password = _credentials(userinfo, source) if "@" in rest else (None, None)
    return ProxyURL(scheme, host, port, username, password)


def strip_quotes(text: str) -> str:
    """A text without the blanks and quotes around it."""
    return text.strip().strip("\"'").strip()


def find_proxy_url(text: str | None) -> ProxyURL | None:
    """As :func:`parse_proxy_url`; ``None`` where there is no text, or none that is a proxy's address."""
    try:
        return None if text is None else parse_proxy_url(text)
    except UsageError:
        return None


def find_bare_user(text: str) -> ProxyURL | None:
    """The proxy of a URL that names a user and says nothing of a password; ``None`` for any other text.

    A `:` behind the name says that the password is empty.
    """
    userinfo, at, _ = text.partition("://")[2 if "://" in text else 0].rpartition("@")
    return find_proxy_url(text) if at and ":" not in userinfo else None


def add_password(text: str, password: str, *, source: str) -> str:
    """The URL of a proxy that names a user, with another password; all else in it stays.

    Args:
        text: a URL that :func:`parse_proxy_url` reads.
        password: of the user.
        source: where it comes from, for messages.

    Raises:
        UsageError: ``proxy-url-invalid`` or ``password-masked``: it can be no password.
    """
    proxy = parse_proxy_url(text)
    if any(character < " " or character == "\x7f" for character in password):
        raise UsageError("proxy-url-invalid", f"{source} has a control character, such as a line break")
    if is_mask(password):
        raise UsageError(
            "password-masked",
            f"{source} was copied from a place where it is masked: `{password}`",
            hint="write the password itself in place of the mask",
        )
    userinfo, _, address = strip_quotes(text).rpartition("@")
    scheme = re.match(_SCHEME, userinfo)
    return f"{scheme[0] if scheme else ''}{_quote(proxy.username or '')}:{_quote(password)}@{address}"


def names_port(text: str) -> bool:
    """Whether the address of a proxy says its port; where it does not, that of the scheme is meant."""
    written = strip_quotes(text)
    scheme = re.match(_SCHEME, written)
    address = written[scheme.end() if scheme else 0 :].rpartition("@")[2]
    return re.search(r":[0-9]+$", re.split(r"[/?#]", address, maxsplit=1)[0]) is not None


def _scheme_hint(scheme: str) -> str:
    if scheme.startswith("socks"):
        return (
            "httpx, and with it Prefect, ends with an error while a variable says so: unset it, and ask for "
            "the address of an HTTP proxy"
        )
    return "a proxy URL starts with `http://`, or with `https://` when the proxy itself speaks TLS"


def _split_location(location: str, scheme: str, source: str) -> tuple[str, int]:
    if location.startswith("["):
        inside, bracket, after = location[1:].partition("]")
        if not bracket or (after and not after.startswith(":")):
            raise UsageError("proxy-url-invalid", f"{source} has a `[` without its `]`")
        host, port = inside, after[1:]
    elif location.count(":") > 1:
        is_address = re.fullmatch(r"[0-9a-f:.]+", location.lower()) is not None
        raise UsageError(
            "proxy-url-invalid",
            f"{source} has more than one `:` in its address",
            hint=f"an IPv6 address goes into brackets: `{scheme}://[::1]:3128`"
            if is_address
            else f"write `{scheme}://HOST:PORT`",
        )
    else:
        host, _, port = location.partition(":")
    return _check_host(host.lower().removesuffix("."), source), _check_port(port, scheme, source)


def _check_port(port: str, scheme: str, source: str) -> int:
    if not port:
        return DEFAULT_PORTS[scheme]
    if not (re.fullmatch(_PORT, port) and 1 <= int(port) <= _LARGEST_PORT):
        raise UsageError(
            "proxy-url-invalid", f"{source} has no usable port", hint="a port is a number from 1 to 65535"
        )
    return int(port)


def _check_host(host: str, source: str) -> str:
    if ":" in host:
        import ipaddress

        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise UsageError("proxy-url-invalid", f"{source} has a malformed IPv6 address") from error
    if not host.isascii():
        try:
            host = encode_host(host)
        except UnicodeError as error:
            raise UsageError(
                "proxy-url-invalid", f"{source} has a host name that cannot be encoded"
            ) from error
    if re.fullmatch(_FOUR_NUMBERS, host):  # httpx refuses four numbers that are no address
        import ipaddress

        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise UsageError("proxy-url-invalid", f"{source} has a malformed IPv4 address") from error
    if len(host) > _LONGEST_NAME or not re.fullmatch(_NAME, host) or host.isdigit():
        raise UsageError(
            "proxy-url-invalid",
            f"{source} has no usable host name",
            hint="it looks like `http://proxy.corp.example:3128`",
        )
    if host in DEFAULT_PORTS:
        raise UsageError(
            "proxy-url-invalid", f"{source} names the host `{host}`", hint="write `http://HOST:PORT`"
        )
    return host


def _credentials(userinfo: str, source: str) -> tuple[str, str]:
    from urllib.parse import unquote

    username, _, password = userinfo.partition(":")
    username, password = unquote(username), unquote(password)
    if any(character < " " or character == "\x7f" for character in username + password):
        raise UsageError("proxy-url-invalid", f"{source} has a control character in its credentials")
    if not username:
        raise UsageError("proxy-url-invalid", f"{source} has a password and no user name")
    if is_mask(password or username):
        raise UsageError(
            "password-masked",
            f"{source} was copied from a place where its password is masked: `{password or username}`",
            hint="write the password itself in place of the mask",
        )
    if ":" in username:
        raise UsageError(
            "proxy-url-invalid",
            f"{source} has a `:` in its user name, which Basic authentication cannot carry (RFC 7617)",
        )
    return username, password


def find_websocket_url(proxy: ProxyURL) -> str | None:
    """The URL by which websockets 15 and 16 send the right credentials, or ``None``.

    They do not decode percent-encoded credentials, and Prefect pins ``websockets<17``. A raw URL
    works where no character of the credentials ends the authority. The variables `WSS_PROXY` and
    `WS_PROXY` carry it: websockets looks at them first, httpx ignores them.

    Returns:
        The URL, which equals :meth:`ProxyURL.reveal` when nothing needs encoding; ``None`` when no
        URL can say it.
    """
    if proxy.username is None:
        return proxy.reveal()
    from urllib.parse import urlsplit

    raw = f"{proxy.scheme}://{proxy.username}:{proxy.password or ''}@{proxy.authority}"
    try:
        parts = urlsplit(raw)
        read = (parts.scheme, parts.hostname, parts.port, parts.username, parts.password, parts.path)
    except ValueError:
        return None
    wanted = (proxy.scheme, proxy.host, proxy.port, proxy.username, proxy.password or "", "")
    clean = not parts.query and not parts.fragment and raw.isascii() and raw.isprintable() and " " not in raw
    return raw if read == wanted and clean else None


def describe_proxy(text: str) -> str:
    """A proxy URL as somebody wrote it, for showing: normalised, the password masked."""
    if not text.strip():
        return "(empty)"
    try:
        return str(parse_proxy_url(text))
    except UsageError as error:
        return f"(not usable: {error.message})"


def is_mask(text: str) -> bool:
    """Whether *text* is what programs print in the place of a password, and so can be none."""
    return re.fullmatch(_MASK, text, re.IGNORECASE) is not None


def is_masked(url: str) -> bool:
    """Whether a URL was copied from where its credentials are masked."""
    from urllib.parse import unquote

    userinfo = url.partition("://")[2].partition("/")[0].rpartition("@")[0]
    return any(is_mask(unquote(part)) for part in userinfo.split(":"))
