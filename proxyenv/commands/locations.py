"""Whether what an option names can be what it asks for: a file, a directory, a URL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import UsageError
from proxyenv.model.host import is_url
from proxyenv.model.url import require_fetchable, show_location

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from proxyenv.model.option import Option

_WORDS: Final = {
    "DIR": "a directory of this machine",
    "PATH": "a path of this machine",
    "IMAGE": "an image",
}

_IMAGES: Final = "docker://"


def require_locations(options: Mapping[str, Option], values: Mapping[str, Any]) -> None:
    """Refuse a URL where a directory, a program or an image is asked for, and a URL that names no host.

    As a path, a URL would be one below the working directory, where whoever made that directory can have put
    something. What reads a file says that itself: see :func:`proxyenv.model.host.require_local_path`.

    Args:
        options: by name.
        values: what was given.

    Raises:
        UsageError: ``usage`` or ``url-invalid``.
    """
    for name, option in options.items():
        for text in _list_texts(values.get(name)) if option.kinds else ():
            if is_url(text):
                _require_one(option, option.kinds, text)


def _list_texts(value: object) -> Iterator[str]:
    texts: Iterable[object] = value if isinstance(value, list | tuple) else (value,)
    yield from (text for text in texts if isinstance(text, str))


def _require_one(option: Option, kinds: tuple[str, ...], text: str) -> None:
    if kinds == ("FILE",) or (kinds == ("IMAGE",) and text.startswith(_IMAGES)):
        return
    named = f"{option.flag} {show_location(text)}" if not option.is_positional else show_location(text)
    if "URL" in kinds:
        if text.lower().startswith(("http://", "https://")):
            require_fetchable(text, source=f"`{named}`", example="https://corp.example/file")
    else:
        raise UsageError("usage", f"`{named}` is a URL, and {_WORDS[kinds[0]]} is asked for")
