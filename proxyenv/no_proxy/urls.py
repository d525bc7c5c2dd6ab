"""URLs that are not proxies: the Prefect API, and what a check fetches."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from proxyenv.errors import UsageError

_SCHEMES: Final = ("http", "https")
_USERINFO: Final = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*://)?[^\s'\"`]*@")


def parse_url(text: str, *, code: str, source: str, hint: str | None = None) -> SplitResult:
    """Take an ``http://`` or ``https://`` URL apart.

    Args:
        text: the URL.
        code: of the error, ``api-url-invalid`` or ``url-invalid``.
        source: what names it, for messages, such as ```--url```.
        hint: for a URL that is none.

    Raises:
        UsageError: it is no such URL, or it holds credentials, which would end up in files and logs.
    """
    try:
        parts = urlsplit(text)
        usable = parts.scheme in _SCHEMES and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or not text.isprintable() or " " in text or "\\" in text:
        message = f"{source} is `{mask_userinfo(text)}`, which is not an `http://` or `https://` URL"
        raise UsageError(code, message, hint=hint)
    if "@" in parts.netloc:
        raise UsageError(
            code,
            f"{source} holds credentials, which would be shown and stored",
            hint="Prefect reads them from `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING`"
            if code == "api-url-invalid"
            else "name a document that needs none",
        )
    return parts


def mask_userinfo(text: str) -> str:
    """*text* for showing, with whatever stands before an `@` in a word masked: it may hold a password."""
    return _USERINFO.sub(lambda found: f"{found['scheme'] or ''}****@", text)
