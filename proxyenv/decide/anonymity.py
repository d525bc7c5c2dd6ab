"""Aliases for what names a company, its people and its machines, the same everywhere in one report.

What is private is recognised by its form: URLs, host names, addresses, fingerprints, paths, the attributes of
a distinguished name, and whatever is in backticks and not in proxyenv's vocabulary. A name that was seen once
in such a place is replaced wherever else it occurs.
"""

from __future__ import annotations

import dataclasses
import re
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any, Final, TypeVar

from proxyenv.decide.private_forms import (
    HOMES,
    PATTERN,
    PLACES,
    PUBLIC_HOSTS,
    SUFFIXES,
    find_words,
    is_command,
    is_identifier,
    is_path,
    is_word,
)
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection

V = TypeVar("V")

_KEPT_FIELDS: Final = frozenset(
    {
        *("status", "cause", "code", "severity", "environment", "breaks", "coverage", "action"),
        *("version", "prefect"),
        *("verb", "kind", "state", "route", "answer", "runtime", "begins", "ends", "made", "columns"),
    }
)
"""Fields whose texts are from a fixed list, or versions."""

_LITERAL_FIELDS: Final = frozenset(
    {"python", "directory", "PoolChecked.name", "deployment", "worker", "queue", "path", "place"}
)
"""Fields whose whole text is a name or a path."""

_NETWORKS: Final = ("192.0.2", "198.51.100", "203.0.113")
"""For documentation (RFC 5737)."""
_LARGEST: Final = 254
_METADATA: Final = "169.254.169.254"
"""The same in every cloud."""
_DIGEST: Final = 16
_LEARNED: Final = frozenset({"host", "user", "name"})
"""Names of these kinds are replaced wherever they occur, whatever is around them."""


class KnownWords(NamedTuple):
    """What is known before a report is read.

    Args:
        vocabulary: the words that proxyenv itself uses, in lower case: as whole words they are kept.
        users: names of people, such as that of the home directory.
        hosts: names of machines.
    """

    vocabulary: Collection[str]
    users: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


def anonymize(value: V, known: KnownWords) -> V:
    """The same result with an alias for each private name in it.

    Args:
        value: dataclasses, named tuples, mappings, tuples and texts; several results that belong together
            go in one tuple, so that they have the same aliases.
        known: what is known beside it.
    """
    aliases = Aliases(known)
    aliases.hide(value)  # learns all names: one may occur before the place that shows what it is
    aliases.settle()
    return aliases.hide(value)


class Aliases:
    """The aliases of one report; what was given one keeps it."""

    def __init__(self, known: KnownWords) -> None:
        self._vocabulary = known.vocabulary
        self._aliases: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}  # what was learned, in lower case, and its kind
        self._pattern = re.compile(PATTERN)
        for kind, names in (("user", known.users), ("host", known.hosts)):
            for name in filter(None, names):
                self._learn(name, kind)

    def settle(self) -> None:
        """From now on replace what was learned wherever it occurs, and number aliases from one."""
        self._aliases.clear()
        phrases = sorted((name for name in self._names if not is_word(name)), key=len, reverse=True)
        if phrases:
            learned = "|".join(map(re.escape, phrases))
            self._pattern = re.compile(rf"(?<!\w)(?P<phrase>(?i:{learned}))(?!\w)|{PATTERN}")

    def hide(self, value: V) -> V:
        """*value* with aliases; of a result, every field by itself."""
        hidden: V = self._hide(value, "")
        return hidden

    def _hide(self, value: Any, field: str) -> Any:  # noqa: ANN401 - whatever a result is made of
        if isinstance(value, str):
            return self._hide_text(value, field)
        kind = type(value)
        if hasattr(kind, "_fields"):
            return kind(
                *(self._hide_field(kind, name, each) for name, each in zip(kind._fields, value, strict=True))
            )
        if dataclasses.is_dataclass(value) and not isinstance(value, type):
            names = (each.name for each in dataclasses.fields(value))
            changes = {name: self._hide_field(kind, name, getattr(value, name)) for name in names}
            return dataclasses.replace(value, **changes)
        if isinstance(value, (tuple, list)):
            return kind(self._hide(each, field) for each in value)
        if hasattr(value, "items"):
            return {self._hide(key, ""): self._hide(each, field) for key, each in value.items()}
        return value

    def _hide_field(self, kind: type, name: str, value: object) -> object:
        if name in _KEPT_FIELDS:
            return value
        longer = f"{kind.__name__}.{name}"
        return self._hide(value, longer if longer in _LITERAL_FIELDS else name)

    def _hide_text(self, text: str, field: str) -> str:
        if field in _LITERAL_FIELDS:
            return self._hide_literal(text)
        if field == "check":
            name, bracket, about = text.partition(" [")
            return f"{name}{bracket}{self._hide_literal(about.removesuffix(']'))}]" if bracket else text
        parts = text.split("`")
        return "`".join(
            self._hide_literal(each) if n % 2 else self._scan(each) for n, each in enumerate(parts)
        )

    def _hide_literal(self, text: str) -> str:
        """What is in backticks: a path, a name, or words of proxyenv with such things among them."""
        if is_path(text):
            return self._hide_path(text)
        if not any(each.lastgroup != "word" for each in self._pattern.finditer(text)):
            words = find_words(text)
            if any(not self._is_public(word) for word in words) and not is_command(text):
                return self._alias(text, self._names.get(text.lower(), "name"))
        return self._scan(text, literal=True)

    def _scan(self, text: str, *, literal: bool = False) -> str:
        return self._pattern.sub(lambda found: self._replace(found, literal=literal), text)

    def _replace(self, found: re.Match[str], *, literal: bool) -> str:
        kind, text = found.lastgroup or "word", found[0]
        if kind != "word":
            replace = getattr(self, f"_on_{kind}")
            shown: str = replace(found)
            return shown
        if self._is_public(text):
            return text
        learned = self._names.get(text.lower())
        return self._alias(text, learned or "name") if learned or literal else text

    def _on_phrase(self, found: re.Match[str]) -> str:
        return self._alias(found[0], self._names[found[0].lower()])

    def _on_id(self, found: re.Match[str]) -> str:
        return self._alias(found[0], "id")

    def _on_digest(self, found: re.Match[str]) -> str:
        return self._alias(found[0].replace(":", "")[:_DIGEST], "fingerprint")

    def _on_attribute(self, found: re.Match[str]) -> str:
        return f"{found['key']}={self._alias(found['value'].strip(), 'name')}"

    def _on_mail(self, found: re.Match[str]) -> str:
        return f"{self._alias(found['user'], 'user')}@{self._hide_host(found['domain'])}"

    def _on_address(self, found: re.Match[str]) -> str:
        return self._hide_address(found[0])

    _on_address4 = _on_address

    def _on_paths(self, found: re.Match[str]) -> str:
        return self._hide_path(found[0])

    def _on_authority(self, found: re.Match[str]) -> str:
        return f"{self._hide_host(found['named'])}:{found['number']}"

    def _on_dotted(self, found: re.Match[str]) -> str:
        text = found[0]
        return text if self._is_identifier(text) else self._hide_host(text)

    def _on_url(self, found: re.Match[str]) -> str:
        userinfo, port, rest = found["userinfo"], found["port"] or "", found["rest"]
        path, mark, _query = rest.partition("?")
        user = ""
        if userinfo is not None:
            name, colon, password = userinfo.partition(":")
            shown = name if set(name) <= {"*"} else self._alias(name, "user")
            user = f"{shown}{colon}{'*' * min(len(password), 4)}@"
        host = self._hide_host(found["host"]) if found["host"] else ""
        segments = "/".join(self._hide_part(part, "path") for part in path.split("/"))
        return f"{found['scheme']}://{user}{host}{port}{segments}{mark and '?...'}"

    def _hide_host(self, text: str) -> str:
        bare = text.strip("[]")
        if ":" in bare or re.fullmatch(r"\d+(\.\d+){3}", bare):
            return text.replace(bare, self._hide_address(bare))
        start = re.match(r"\*?\.?", text)
        lead = start[0] if start else ""
        name = text[len(lead) :].rstrip(".")
        if not name or name.lower() in PUBLIC_HOSTS or (lead and name.upper() == name and "." not in name):
            return text
        return lead + self._alias(name, "host")

    def _hide_address(self, text: str) -> str:
        try:
            address = ip_address(text.partition("%")[0])
        except ValueError:
            return text
        if address.is_loopback or address.is_unspecified or str(address) == _METADATA:
            return text
        return self._alias(str(address), f"address{address.version}")

    def _hide_path(self, text: str) -> str:
        separator = "\\" if "\\" in text else "/"
        shown: list[str] = []
        for part in text.split(separator):
            is_home = bool(shown) and shown[-1].lower() in HOMES
            shown.append(self._alias(part, "user") if is_home and part else self._hide_part(part, "dir"))
        return separator.join(shown)

    def _hide_part(self, part: str, kind: str) -> str:
        """One part of a path."""
        learned = self._names.get(part.lower())
        if learned and not self._is_public(part):
            return self._alias(part, learned)
        if part.strip("._-").lower() in PLACES or self._is_public(part):
            return part
        stem, dot, suffix = part.rpartition(".")
        if dot and suffix.lower() in SUFFIXES:
            return part if self._is_public(stem) or not stem else f"{self._alias(stem, 'file')}.{suffix}"
        words = re.findall(r"[^\W\d_]+", part)
        is_plain = all(self._is_public(word) or word.lower() in PLACES for word in words)
        return part if is_plain else self._alias(part, kind)

    def _is_public(self, word: str) -> bool:
        """Whether it is a word that proxyenv uses, or the name of a variable or an error, or a version."""
        return word.lower() in self._vocabulary or is_identifier(word)

    def _is_identifier(self, text: str) -> bool:
        """Whether words with dots between them are a file, a setting or a name of code, and no host."""
        last = text.rpartition(".")[2]
        if last.lower() in SUFFIXES or is_identifier(last):
            return True
        return text.lower() in self._vocabulary

    def _learn(self, name: str, kind: str) -> None:
        """Remember a name, and its kind; a kind that says more than `name` is not replaced."""
        known = self._names.get(name.lower())
        if len(name) > 1 and known in {None, "name"}:
            self._names[name.lower()] = kind

    def _alias(self, name: str, kind: str) -> str:
        key = name.lower()
        if kind in _LEARNED:
            self._learn(name, kind)
        if kind == "host" and key not in self._aliases.get(kind, {}):
            above = (each for each, known in self._names.items() if known == "host" and "." in each)
            domain = max((each for each in above if key.endswith(f".{each}")), key=len, default=None)
            suffix = self._alias(domain, kind) if domain else "example"
        else:
            suffix = ""
        known = self._aliases.setdefault(kind, {})
        if key not in known:
            known[key] = _make_alias(kind, len(known) + 1, suffix)
        return known[key]


def _make_alias(kind: str, number: int, suffix: str) -> str:
    if kind == "address4":
        network = _NETWORKS[min((number - 1) // _LARGEST, len(_NETWORKS) - 1)]
        return f"{network}.{(number - 1) % _LARGEST + 1}"
    if kind == "address6":
        return f"2001:db8::{number:x}"
    return f"{kind}-{number}.{suffix}" if suffix else f"{kind}-{number}"
