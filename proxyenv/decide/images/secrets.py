"""What looks like a secret in bytes: URLs with passwords, private keys, headers, and known passwords.

A search is fed the chunks of one file. It keeps no secret: what comes out is a kind and a line.
"""

from __future__ import annotations

import binascii
import re
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import quote, unquote_to_bytes

from proxyenv.model.proxy_url import is_mask

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from proxyenv.model.image import HitKind
    from proxyenv.model.proxy_url import ProxyURL

_LOOSE: Final = re.compile(
    rb"://([^\s/?#:@\"'<>\\\x00-\x1f\x7f-\xff]{0,128}):([^\s/@\"'<>\x00-\x1f]{1,256})@[\w\[.%-]"
)
_STRICT: Final = re.compile(rb"://([\w%.~!$&+,;=-]{0,128}):([\w%.~!$&+,;=:?#-]{1,256})@[\w\[.-]", re.ASCII)
"""In a text that may be code, what has the characters of a pattern is one."""
_ENCODED: Final = re.compile(
    rb"%3a%2f%2f((?:(?!%3a)[\w.~!$&+,;=%-]){0,128}+)%3a((?:(?!%40\w)[\w.~!$&+,;=%-]){1,256}+)%40\w",
    re.ASCII | re.IGNORECASE,
)
_KEY: Final = re.compile(
    rb"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:\s|\\r|\\n)*"
    rb"(?>[A-Za-z-]{1,40}: (?:[^\r\n\\]{0,200}+(?=[\r\n\\])|\S{1,200}+)(?:\s|\\r|\\n)++)*+[A-Za-z0-9+/=]{32}"
)
"""The headers behind the first line end with theirs, or, where all stands in one line, with a blank. They are
taken as a whole: a search that tried each of their blanks took twice as long for each more."""
_PUTTY: Final = re.compile(rb"PuTTY-User-Key-File-\d: ")
_HEADER: Final = re.compile(
    rb"uthorization[\"']?\s{0,4}[:=,]\s{0,4}[\"']?basic\s{1,4}([A-Za-z0-9+/]{6,400}={0,2})", re.IGNORECASE
)
_USER: Final = re.compile(r"[^\x00-\x1f:]{1,128}:[^\x00-\x1f]{1,256}")

_OVERLAP: Final = 4096
"""More than what any of these patterns can match."""
_MOST: Final = 20
"""Of one kind in one file; more say nothing new."""

_SHORT: Final = 6
"""A password with fewer characters is searched with what stands around it in a URL."""

_SAID: Final = re.compile(
    r"\$.*|%[sdr({].*|[<{\[(].*|.*\*\*\*.*|x{3,}|\.{2,}|#\{.*|(?:my|your|the|some|test|proxy|user)?[_-]?"
    r"(?:pass|password|passwd|passwort|pwd|pw|secret|token|key|passphrase)[0-9]{0,3}",
    re.IGNORECASE,
)
"""What documentation writes for a password, and what stands for the value of a variable."""
_SENT: Final = frozenset({b"Aladdin:open sesame", b"Aladdin:OpenSesame", b"user:pass", b"username:password"})
"""The examples of RFC 7617 and of everybody."""


class Known(NamedTuple):
    """Passwords that are searched for exactly.

    Args:
        needles: each password in every spelling that is searched for.
    """

    needles: tuple[bytes, ...] = ()

    def __repr__(self) -> str:
        return f"Known({len(self.needles)} needles)"


def know(proxies: Iterable[ProxyURL]) -> Known:
    """The secrets of these proxies: raw, percent-encoded, and in base64 as they are sent."""
    needles: dict[bytes, None] = {}
    for proxy in proxies:
        secret = proxy.secret
        if not secret or is_mask(secret):
            continue
        encoded = quote(secret, safe="")
        spellings = dict.fromkeys((secret, encoded, encoded.lower(), quote(secret)))
        if len(secret) < _SHORT:
            around = (":{}@",) if proxy.password else ("//{}:@", "//{}@")
            spellings = dict.fromkeys(form.format(each) for form in around for each in spellings)
        needles |= dict.fromkeys(each.encode() for each in spellings)
        needles[(proxy.reveal_basic() or "").encode().rstrip(b"=")] = None
    return Known(tuple(needles))


class SecretSearch:
    """Searches one file.

    Args:
        known: the passwords to search for exactly.
        is_code: whether the file may be code or documentation, where examples of URLs stand.
        only_known: whether nothing but *known* is searched for.
    """

    def __init__(self, known: Known, *, is_code: bool, only_known: bool = False) -> None:
        self._known = known
        self._is_code = is_code
        self._only_known = only_known
        self._tail = b""
        self._lines = 0
        self._offset = 0
        self._found: dict[tuple[HitKind, int], int] = {}

    def feed(self, chunk: bytes) -> None:
        """The next chunk of the file."""
        data = self._tail + chunk if self._tail else chunk
        for kind, index in self._search(data):
            place = (kind, self._offset + index)
            if place not in self._found and sum(each == kind for each, _ in self._found) < _MOST:
                self._found[place] = self._lines + data.count(b"\n", 0, index) + 1
        kept = data[-_OVERLAP:]
        self._lines += data.count(b"\n", 0, len(data) - len(kept))
        self._offset += len(data) - len(kept)
        self._tail = kept

    @property
    def hits(self) -> tuple[tuple[HitKind, int], ...]:
        """Each kind and line once, in the order of the lines."""
        return tuple(
            sorted(
                dict.fromkeys((kind, line) for (kind, _), line in self._found.items()),
                key=lambda each: each[1],
            )
        )

    def _search(self, data: bytes) -> Iterator[tuple[HitKind, int]]:
        for needle in self._known.needles:
            for index in _indices(data, needle):
                yield "known", index
        if self._only_known:
            return
        yield from (("url", index) for index in _find_urls(data, strict=self._is_code))
        yield from (("key", index) for index in _find_keys(data))
        for index in _indices(data, b"uthorization"):
            if (found := _HEADER.match(data, index)) and is_basic(found[1]):
                yield "authorization", index


def _find_urls(data: bytes, *, strict: bool) -> Iterator[int]:
    """Where URLs with a password are, plain ones and percent-encoded ones."""
    for index in _indices(data, b"://"):
        if data[max(0, index - 1) : index].isalpha() and _holds_password(data, index, strict=strict):
            yield index
    for marker in (b"%3A%2F%2F", b"%3a%2f%2f"):
        for index in _indices(data, marker):
            if (found := _ENCODED.match(data, index)) and not _is_said(unquote_to_bytes(found[2])):
                yield index


def _find_keys(data: bytes) -> Iterator[int]:
    """Where private keys begin, those of PuTTY too."""
    for index in _indices(data, b"PRIVATE KEY"):
        start = data.rfind(b"-----BEGIN", max(0, index - 50), index)
        if start >= 0 and _KEY.match(data, start):
            yield start
    yield from (index for index in _indices(data, b"PuTTY-User-Key-File-") if _PUTTY.match(data, index))


def find_url_password(text: str) -> bool:
    """Whether there is a URL with a password in a text of a configuration, where no examples stand."""
    data = text.encode("utf-8", "surrogateescape")
    if any(_holds_password(data, index, strict=False) for index in _indices(data, b"://")):
        return True
    return any(not _is_variable(unquote_to_bytes(found[2])) for found in _ENCODED.finditer(data))


def find_header(text: str) -> bool:
    """Whether there is the header of Basic authentication in a text, with credentials."""
    data = text.encode("utf-8", "surrogateescape")
    return any(is_basic(found[1]) for found in _HEADER.finditer(data))


def find_known(text: str, known: Known) -> bool:
    """Whether one of the passwords that we know is in a text."""
    data = text.encode("utf-8", "surrogateescape")
    return any(needle in data for needle in known.needles)


def is_secret(value: str) -> bool:
    """Whether a value that stands where a secret belongs is one: not empty, no variable, no mask."""
    return bool(value.strip()) and not _is_variable(value.encode("utf-8", "surrogateescape"))


def is_basic(encoded: bytes) -> bool:
    """Whether base64 is what Basic authentication sends: a user, a colon and a password."""
    try:
        sent = binascii.a2b_base64(encoded + b"=" * (-len(encoded) % 4))
        text = sent.decode()
    except (binascii.Error, UnicodeDecodeError):
        return False
    return _USER.fullmatch(text) is not None and sent not in _SENT and not is_mask(text.partition(":")[2])


def _holds_password(data: bytes, index: int, *, strict: bool) -> bool:
    """Whether the URL whose `://` is at *index* has a password."""
    found = (_STRICT if strict else _LOOSE).match(data, index)
    test: Callable[[bytes], bool] = _is_said if strict else _is_variable
    return found is not None and not test(unquote_to_bytes(found[2]))


def _is_said(password: bytes) -> bool:
    text = password.decode("utf-8", "replace")
    return _SAID.fullmatch(text) is not None or is_mask(text)


def _is_variable(password: bytes) -> bool:
    """Whether it is a variable, a placeholder in brackets, or what programs print for a password."""
    text = password.decode("utf-8", "replace").strip()
    return is_mask(text) or re.fullmatch(r"\$.+|%[A-Za-z_]+%|<.*>|\{\{.*\}\}", text) is not None


def _indices(data: bytes, needle: bytes) -> Iterator[int]:
    index = data.find(needle)
    while index >= 0:
        yield index
        index = data.find(needle, index + 1)
