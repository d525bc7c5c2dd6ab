"""curl's configuration, as curl 7.88 reads it: options as on the command line, one line each.

A key is an option's long name. A switch has the value ``true``, or ``false`` where it is spelled ``no-…``.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from proxyenv.formats.format import Item
from proxyenv.formats.lines import C_BLANKS, Scan, Setting, Style, make_format, read_rows

if TYPE_CHECKING:
    from collections.abc import Iterator


_SWITCHES: Final = {"insecure": "ins", "proxy-insecure": "proxy-in", "doh-insecure": "doh-in"}
_VALUES: Final = {
    "cacert": "cac",
    "capath": "cap",
    "config": "conf",
    "noproxy": "no",
    "preproxy": "prep",
    "proxy": "proxy",
    "proxy-cacert": "proxy-cac",
    "proxy-capath": "proxy-cap",
}
"""The options that matter here, and the shortest abbreviation that curl takes for each."""

_LETTERS: Final = {"k": "insecure", "x": "proxy", "K": "config"}
_WITH_VALUE: Final = frozenset("AbcCdDeEFHKmoPQrtTuUwxXyYz")
"""The letters that take a value: the rest of the word, or else the next one (``curl --help all``)."""

_ESCAPES: Final = {"t": "\t", "n": "\n", "r": "\r", "v": "\v"}
_NO_BLANKS: Final = re.compile(f"[^{re.escape(C_BLANKS)}]*")
_NO_ENDS: Final = re.compile(f"[^{re.escape(C_BLANKS)}=:]*")
_QUOTED: Final = r'"((?:[^"\\]|\\.)*)("?)'


def _scan_curl(text: str) -> Scan:
    """As ``parseconfig`` in ``tool_parsecfg.c`` does; what it warns of, it then does."""
    settings: list[Setting] = []
    problem = None
    for row in read_rows(text):
        line = row.text.strip(C_BLANKS)
        if not line or line[0] in "#/*":
            continue
        word, raw = _split(line)
        if raw.startswith('"') and not re.match(_QUOTED, raw)[2]:  # type: ignore[index]
            problem = problem or f"line {row.number} has a quote that is not closed"
        for key, written in _read_options(word, raw):
            item = Item("", word, read_curl(written), row.number, key, row.number)
            settings.append(Setting(item, written, row.start, row.end))
    return Scan(tuple(settings), {}, (), problem)


def _split(line: str) -> tuple[str, str]:
    """The option, and its value as it is written. After a dash `=` and `:` do not end a word."""
    ends, word_of = (C_BLANKS, _NO_BLANKS) if line.startswith("-") else (C_BLANKS + "=:", _NO_ENDS)
    word = _take(word_of, line)
    rest = line[len(word) :].lstrip(ends)
    if rest.startswith('"'):
        matched = re.match(_QUOTED, rest)
        return word, matched[0] if matched else rest
    return word, _take(_NO_BLANKS, rest)


def _take(pattern: re.Pattern[str], text: str) -> str:
    """What stands at the start of a text, which may be nothing."""
    found = pattern.match(text)
    return found[0] if found else ""


def _read_options(word: str, raw: str) -> Iterator[tuple[str, str]]:
    """Each option of a line: its long name and its value as it is written."""
    if word.startswith("-") and not word.startswith("--"):
        yield from _read_letters(word[1:], raw)
        return
    name = word.removeprefix("--").lower()
    negated = name.startswith("no-")
    switch = _find_long(name.removeprefix("no-"), is_switch=True)
    if switch is not None:
        yield switch, "false" if negated else "true"
    elif (option := _find_long(name, is_switch=False)) is None:
        yield name, raw or "true"
    elif raw:  # without one curl warns, and goes on
        yield option, raw


@lru_cache(maxsize=256)
def _find_long(name: str, *, is_switch: bool) -> str | None:
    options = _SWITCHES if is_switch else _VALUES
    found = (full for full, short in options.items() if full.startswith(name) and name.startswith(short))
    return name if name in options else next(found, None)


def _read_letters(letters: str, raw: str) -> Iterator[tuple[str, str]]:
    for index, letter in enumerate(letters):
        name = _LETTERS.get(letter, f"-{letter}")
        if letter not in _WITH_VALUE:
            yield name, "true"
            continue
        value = letters[index + 1 :] or raw
        if value:
            yield name, value
        return


def read_curl(value: str) -> str:
    """A value without its quotes and escapes."""
    matched = re.match(_QUOTED, value)
    if matched is None:
        return value
    return re.sub(r"\\(.)", lambda each: _ESCAPES.get(each[1], each[1]), matched[1])


def _render(name: str, value: str) -> str:
    if name in _SWITCHES:
        return name if value == "true" else f"no-{name}"
    return f"{name} = {value}"


CURLRC: Final = make_format(Style(_scan_curl, _render, normal=read_curl))
