"""Whose answer it is: the proxy's, a portal's, a gateway's in front of the origin, or the origin's own.

A proxy that decrypts opens every tunnel, even to a host that it denies or cannot reach, completes the TLS
handshake in that host's name, and reports the problem inside the tunnel. So a status says little until it is
known who wrote it. What decides, in this order:

- who could have: only the origin's side writes into a session that a public root's certificate ends;
- what marks an answer: ``X-Squid-Error`` (squid 5.7), ``Proxy-Status`` (RFC 9209), 511 (RFC 6585) and
  ``Server``;
- the control: what the same proxy answers for a name that cannot exist (``.invalid``, RFC 6761) is its own,
  and what looks like that is its own as well.
"""

from __future__ import annotations

import enum
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from proxyenv.checks.child.page import ReadPage
    from proxyenv.model.subject import Origin


class HTTPAnswer(NamedTuple):
    """An HTTP answer, or its beginning.

    Args:
        status: 100 to 999.
        reason: its text.
        headers: names in lower case; repeated ones joined by ``, ``.
        body: the beginning of the content, as text; it is compared, and nothing of it is shown.
        moved: the URL that it came from, where redirects were followed.
        page: what the content is, where the process that read it has told that; ``None``: the body tells.
    """

    status: int
    reason: str = ""
    headers: Mapping[str, str] = MappingProxyType({})
    body: str = ""
    moved: str = ""
    page: ReadPage | None = None

    @property
    def is_tunnel(self) -> bool:
        """As an answer to CONNECT: whether the tunnel to the target is open (RFC 9110, section 9.3.6)."""
        return 200 <= self.status <= 299  # noqa: PLR2004

    @property
    def leads_to(self) -> str | None:
        """The host that a redirect leads to, or led to; ``None`` without one, or where it names none."""
        redirects = 300 <= self.status <= 399  # noqa: PLR2004
        try:
            return urlsplit(self.moved or (self.headers.get("location", "") if redirects else "")).hostname
        except ValueError:
            return None

    def hide(self, mask: Callable[[str], str]) -> HTTPAnswer:
        """The same without what it repeats of a secret; headers that are only judged stay as they are."""
        headers = {name: text if name in _JUDGED else mask(text) for name, text in self.headers.items()}
        return self._replace(reason=mask(self.reason), headers=headers, body=mask(self.body))

    def __str__(self) -> str:
        return f"{self.status} {self.reason}".strip()


_JUDGED: Final = frozenset({"age", "date", "proxy-authenticate"})


def printable(data: bytes | str) -> str:
    """*data* as printable ASCII; whatever else is in it is a question mark."""
    text = data if isinstance(data, str) else data.decode("latin-1")
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)


def join_headers(pairs: Iterable[tuple[bytes | str, bytes | str]]) -> dict[str, str]:
    """Headers by their names, in lower case and printable; repeated ones joined by ``, ``."""
    headers: dict[str, str] = {}
    for name, value in pairs:
        key, text = printable(name).lower(), printable(value)
        headers[key] = f"{headers[key]}, {text}" if key in headers else text
    return headers


def drop_quoted(header: str) -> str:
    """A header with a quote for each quoted string (RFC 9110, section 5.6.4); an open one goes to the end."""
    return _QUOTED.sub('"', header)


_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.?)*+"?', re.DOTALL)


class Way(enum.Enum):
    """How an answer came, and with that who could have written it."""

    CONNECT = "connect"  # the answer to CONNECT
    READ = "read"  # the proxy can read it: plain, or TLS that a corporate CA's certificate ends
    SEALED = "sealed"  # TLS that a public root's certificate ends
    DIRECT = "direct"  # no proxy is asked
    UNKNOWN = "unknown"


class Author(enum.Enum):
    """Who wrote an answer."""

    PROXY = "the proxy"
    PORTAL = "a portal that wants a log-in"
    GATEWAY = "the gateway in front of the server"
    ORIGIN = "the server"
    UNKNOWN = "the server, or something on the way"


class Authorship(NamedTuple):
    """Who wrote an answer, and how that is known.

    Args:
        author: who.
        why: the evidence, in a few words; empty where there is none.
    """

    author: Author
    why: str = ""


SQUID: Final = "x-squid-error"
_PROXY_STATUS: Final = "proxy-status"
_PORTAL_STATUS: Final = 511
GATEWAY_ERRORS: Final = frozenset({502, 503, 504})
"""What stands in front of a server answers where it does not get an answer from it."""
_DENIED: Final = frozenset({403, 451})
_SERVER_ERRORS: Final = 500
_ERRORS: Final = 400
_LONGEST_NAME: Final = 64
_ALIKE: Final = 0.8
_NUMBER: Final = re.compile(r"\d|^[a-f]+$|.{24}")
_PROXIES: Final = re.compile(
    r"squid|mitmproxy|zscaler|blue ?coat|netskope|mcafee|skyhigh|web gateway|forti(gate|proxy|net)|ironport|"
    r"cisco|umbrella|symantec|forcepoint|websense|barracuda|sophos|palo ?alto|tinyproxy|privoxy|"
    r"trafficserver|\bats/",
    re.IGNORECASE,
)
"""``Server`` of what companies run between them and the world."""
_GATEWAYS: Final = re.compile(
    r"nginx|openresty|envoy|cloudflare|akamai|cloudfront|awselb|apache|caddy|traefik|varnish|haproxy|istio|gws|iis",
    re.IGNORECASE,
)
"""``Server`` of what stands in front of servers; a proxy may be built with it."""
_PLAIN_SERVERS: Final = re.compile(r"nginx|apache|basehttp|python|iis|jetty|openresty", re.IGNORECASE)
"""``Server`` that says nothing about who it is: proxies and origins alike are built with it."""


class Circumstances(NamedTuple):
    """What is known beside an answer.

    Args:
        way: how it came.
        control: what the same proxy answers for a name that cannot exist; ``None`` if that is unknown.
        url: what was asked for; its words are no evidence.
    """

    way: Way = Way.UNKNOWN
    control: HTTPAnswer | None = None
    url: str = ""


def find_author(answer: HTTPAnswer, seen: Circumstances) -> Authorship:
    """Who wrote *answer*."""
    way, control, url = seen
    if answer.status == _PORTAL_STATUS:
        return Authorship(Author.PORTAL, "the status 511 is for that (RFC 6585)")
    if way is Way.SEALED:
        why = "a public root issued the certificate, so no proxy reads this connection"
        return Authorship(_behind(answer), why)
    if way is Way.DIRECT:
        alike = control is not None and _is_alike(answer, control, url)
        if alike:
            return Authorship(Author.PORTAL, "a name that cannot exist gets the same answer")
        return Authorship(_behind(answer))
    return _find_mark(answer, control) or _compare(answer, control, url)


def _behind(answer: HTTPAnswer) -> Author:
    marked = _GATEWAYS.search(answer.headers.get("server", "")) or _PROXY_STATUS in answer.headers
    return Author.GATEWAY if answer.status in GATEWAY_ERRORS and marked else Author.ORIGIN


def _find_mark(answer: HTTPAnswer, control: HTTPAnswer | None) -> Authorship | None:
    """The proxy, if something in its own answer says so."""
    headers = answer.headers
    if error := headers.get(SQUID):
        return Authorship(Author.PROXY, f"squid says `{name_of(error)}`")
    if error := find_proxy_error(answer):
        known = control is None or _PROXY_STATUS in control.headers or _is_nearest(answer)
        return Authorship(Author.PROXY if known else Author.GATEWAY, f"its `Proxy-Status` says `{error}`")
    if answer.status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        return Authorship(Author.PROXY, "only a proxy answers 407")
    server = headers.get("server", "")
    if answer.status >= _ERRORS and _PROXIES.search(server):
        return Authorship(Author.PROXY, f"it calls itself `{server[:_LONGEST_NAME]}`")
    return None


def _is_nearest(answer: HTTPAnswer) -> bool:
    """Whether it says of itself that it denies, or has the name of the nearest hop in ``Via``."""
    name = answer.headers[_PROXY_STATUS].rpartition(",")[2].partition(";")[0].strip().strip('"').lower()
    hop = answer.headers.get("via", "").rpartition(",")[2].split()
    return find_proxy_error(answer) in _DENIALS or (len(hop) > 1 and hop[1].lower().startswith(name))


def _compare(answer: HTTPAnswer, control: HTTPAnswer | None, url: str) -> Authorship:
    """Compare with the proxy's answer for a name that cannot exist."""
    if "www-authenticate" in answer.headers:
        return Authorship(Author.ORIGIN, "it asks for credentials of its own")
    if control is None:
        return Authorship(Author.UNKNOWN)
    if _is_alike(answer, control, url):
        author = Author.PORTAL if control.status < _ERRORS else Author.PROXY
        return Authorship(author, "a name that cannot exist gets the same answer")
    if answer.status >= _ERRORS and _has_same_form(answer, control):
        return Authorship(Author.PROXY, "a name that cannot exist gets an answer of the same form")
    return Authorship(_behind(answer), f"a name that cannot exist gets another answer, `{control}`")


def _is_alike(answer: HTTPAnswer, control: HTTPAnswer, url: str) -> bool:
    if answer.leads_to or control.leads_to:
        return answer.leads_to == control.leads_to
    if answer.status != control.status:
        return False
    return bool(answer.body or control.body) and is_same_page(answer.body, control.body, url)


def _has_same_form(answer: HTTPAnswer, control: HTTPAnswer) -> bool:
    """Whether the two come from one program: the same ``Server``, or the same headers without a ``Date``."""
    mine, other = answer.headers, control.headers
    server = mine.get("server")
    if server and server == other.get("server") and not _PLAIN_SERVERS.search(server):
        return True
    return mine.keys() == other.keys() and "date" not in mine and "server" not in mine


def is_same_page(one: str, other: str, *urls: str) -> bool:
    """Whether two pages say the same, apart from numbers, incident identifiers and what the URLs say."""
    ignored = {word for url in urls for word in _words(url)}
    mine, theirs = _words(one) - ignored, _words(other) - ignored
    if not mine and not theirs:
        return _shape(one) == _shape(other)
    return len(mine & theirs) >= _ALIKE * len(mine | theirs)


def _words(text: str) -> set[str]:
    """Words, in lower case: what the number of an incident, in any notation, does not change."""
    return {word for word in re.findall(r"\w{2,}", text.lower()) if not _NUMBER.search(word)}


def _shape(text: str) -> str:
    return re.sub(r"\w+", "x", text.strip())


# What a proxy's own answer means


_WHY: Final = {
    "ERR_DNS_FAIL": "name",
    "ERR_SECURE_CONNECT_FAIL": "tls",
    "dns_error": "name",
    "dns_timeout": "name",
    "destination_not_found": "name",
    "tls_protocol_error": "tls",
    "tls_certificate_error": "tls",
    "tls_alert_received": "tls",
}
_SAID: Final = {
    "name": "the proxy itself cannot resolve `{host}`: check the name",
    "tls": (
        "the proxy itself cannot establish TLS with `{authority}` or does not trust its certificate; this "
        "machine cannot change that: ask IT to add the CA of `{host}` at the proxy"
    ),
    "": "the proxy itself cannot connect to `{authority}`: check the name and port",
}
_DENIALS: Final = frozenset({"http_request_denied", "destination_ip_prohibited"})


PORTAL_HINT: Final = (
    "open a browser on this network and log in, then run this again; never trust the CA of a log-in page"
)


def show_way(answer: HTTPAnswer) -> str:
    """Where a redirect leads to, as a clause; empty without one."""
    return f", which leads to `{answer.leads_to}`," if answer.leads_to else ""


def find_cause_of_answer(answer: HTTPAnswer, author: Author, *, otherwise: str) -> str:
    """The cause of an answer.

    Args:
        answer: what came.
        author: who wrote it.
        otherwise: the cause if it is the server's, or nobody knows whose.
    """
    if author is Author.PORTAL:
        return "captive-portal"
    return find_cause_of_refusal(answer) if author is Author.PROXY else otherwise


def find_cause_of_refusal(answer: HTTPAnswer) -> str:
    """The cause of an answer that is the proxy's own."""
    if answer.status == 407:  # noqa: PLR2004 - Proxy Authentication Required
        return "proxy-credentials-refused"
    if answer.status in _DENIED or find_proxy_error(answer) in _DENIALS:
        return "proxy-denied"
    if answer.status >= _SERVER_ERRORS:
        return "proxy-gateway"
    return "proxy-answer" if answer.status >= _ERRORS else "block-page"


def hint_for_refusal(answer: HTTPAnswer, origin: Origin) -> str | None:
    """The next step if the proxy failed, or ``None`` if it only refused.

    Args:
        answer: the proxy's own.
        origin: the target of the request.
    """
    error = name_of(answer.headers.get(SQUID, "")) or find_proxy_error(answer) or ""
    if answer.status < _SERVER_ERRORS or error in _DENIALS:
        return None
    return _SAID[_WHY.get(error, "")].format(host=origin.host, authority=origin.authority)


def name_of(error: str) -> str:
    """The name in an ``X-Squid-Error``, such as ``ERR_CONNECT_FAIL 111``, cut to a plausible length.

    It may be a company's own, so the status decides and the name explains.
    """
    return error.partition(" ")[0][:_LONGEST_NAME]


def find_proxy_error(answer: HTTPAnswer) -> str | None:
    """The error that the nearest intermediary names in ``Proxy-Status`` (RFC 9209, section 2.1)."""
    nearest = drop_quoted(answer.headers.get(_PROXY_STATUS, "")).rpartition(",")[2]
    found = re.search(r";\s*error=([a-z_]{1,64})", nearest)
    return found[1] if found else None


def read_date(headers: Mapping[str, str]) -> datetime | None:
    """What an answer says the time is; one that names no zone means UTC (RFC 9110, section 5.6.7)."""
    try:
        moment = parsedate_to_datetime(headers.get("date", ""))
    except (ValueError, OverflowError, TypeError):  # a year of twenty digits fits no C integer
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
