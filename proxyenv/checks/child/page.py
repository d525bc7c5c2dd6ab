"""What a page is, told by all of it: before a secret in it is hidden, and before it is cut to be shown."""

from __future__ import annotations

import json
import re
from typing import Any, Final, NamedTuple

_LONGEST_UUID: Final = 64
_LINK: Final = re.compile(r"<a\s(?:(?!href=)[^<>])*+href=[^<>]++>[^<]*+</a>", re.IGNORECASE)
_PIP: Final = re.compile(r"pip-\d[\w.]{0,40}(-py[\w.-]{0,80}\.whl|\.tar\.gz|\.zip)")
"""A page without an end holds each as often as it likes, and none of them whole."""


class ReadPage(NamedTuple):
    """What is known of a page.

    Args:
        forms: that it has, of ``api``, ``index`` and ``uuid``.
        uuid: of a JSON document; ``None`` where there is none.
    """

    forms: tuple[str, ...]
    uuid: str | None = None


def read_page(body: str) -> ReadPage:
    """What a page is: the health of Prefect's API, a page of a package index, JSON with a ``uuid``."""
    uuid = _find_uuid(body)
    told = {"api": body.strip() == "true", "index": _is_index(body), "uuid": uuid is not None}
    return ReadPage(tuple(form for form, has in told.items() if has), uuid)


def _is_index(body: str) -> bool:
    """A page of a package index as PEP 503 or PEP 691 has it, or its beginning."""
    return bool(
        (_LINK.search(body) and _PIP.search(body))
        or '"api-version"' in body
        or "pypi:repository-version" in body
    )


def _find_uuid(body: str) -> str | None:
    try:
        document: Any = json.loads(body)
    except (ValueError, RecursionError):
        return None
    uuid = document.get("uuid") if isinstance(document, dict) else None
    return str(uuid)[:_LONGEST_UUID] if uuid is not None else None
