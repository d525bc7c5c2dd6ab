"""The forms by which a private name is known in a text: URLs, host names, addresses, paths and others."""

from __future__ import annotations

import re
from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PUBLIC_HOSTS: Final = _words("localhost host.docker.internal host.containers.internal httpbin.org mitm.it")
"""Names that say nothing of a company: they are in every report."""

SUFFIXES: Final = _words(
    "bashrc bat cer cfg conf config crt csh csr der elv env err fish html ini jks json key list lock log md "
    "nu out p12 pem pfx profile ps1 py pth sh so toml txt url whl xml xsh yaml yml zshrc zsh"
)
"""What ends the name of a file, and no host name here."""

PLACES: Final = _words(
    "api appdata application applications bin ca-bundle ca-certificates ca-trust cert certs conda config "
    "default dist-packages documents downloads etc extracted health home ini lib lib64 library libexec "
    "linuxbrew local mnt opt pem pip pki private program preferences proc prefect project projects prefix "
    "profiles programs pypoetry pythons python roaming root run sbin scripts share simple site-packages "
    "source src ssl state support system32 tls tmp trust users usr uuid uv var venv virtualenvs workspace "
    "workspaces windows"
)
"""Words in the paths of files and URLs that every machine has."""

HOMES: Final = _words("home users")

_PROGRAMS: Final = _words(
    "proxyenv export unset set source . python pip git npm prefect curl wget docker kubectl squid sudo"
)
"""What commands in hints begin with."""

_LABEL: Final = r"[^\W_](?:[\w-]*[^\W_])?"
_RULES: Final = (
    ("id", r"\b[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\b"),
    ("digest", r"\b(?:[0-9A-Fa-f]{2}:){7,}[0-9A-Fa-f]{2}\b|\b(?=[a-fA-F]*\d)[0-9a-fA-F]{12,}\b"),
    (
        "url",
        (
            r"\b(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*)://(?:(?P<userinfo>[^\s/@`'\"]*)@)?"
            r"(?P<host>\[[^\]\s]*\]|[^\s/:`'\",;()\[\]?#]*)(?P<port>:\d+)?(?P<rest>[^\s`'\",;()\[\]]*)"
        ),
    ),
    (
        "attribute",
        r"\b(?P<key>CN|OU|O|C|L|ST|DC|UID|STREET|emailAddress|serialNumber)=(?P<value>(?:\\.|[^,+`\"\\;])+)",
    ),
    ("mail", rf"(?P<user>[\w.+-]+)@(?P<domain>{_LABEL}(?:\.{_LABEL})*)"),
    (
        "address",
        r"(?<![\w:.])(?:[0-9A-Fa-f]{0,4}:){2,7}(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4})(?![\w:])",
    ),
    ("address4", r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w]|\.\d)"),
    ("paths", r"(?<![\w.<~\\/])(?:~|[A-Za-z]:)?[/\\][^\s`'\":,;()\[\]=]+"),
    ("authority", rf"(?<![\w.-])(?P<named>{_LABEL}(?:\.{_LABEL})*):(?P<number>\d{{1,5}})(?!\w)"),
    ("dotted", rf"(?<![\w-])(?:\*?\.)?(?:{_LABEL}\.)+[^\W\d_][\w-]*"),
    ("word", r"[^\W\d_][\w-]*"),
)
PATTERN: Final = "|".join(f"(?P<{kind}>{rule})" for kind, rule in _RULES)

_PATH: Final = re.compile(r"(?:~|[A-Za-z]:)?[/\\](?!/)")
_WORD: Final = re.compile(_RULES[-1][1])
_IDENTIFIER: Final = re.compile(
    r"[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|(?:https?|all|no|ftp|ssl|ca)_[a-z_]+|"
    r"\w*(?:Error|Exception|Warning|Timeout)|v?\d[\w.]*|python[\d.]*"
)


def is_path(literal: str) -> bool:
    """Whether a text begins as an absolute path does."""
    return bool(_PATH.match(literal))


def is_word(text: str) -> bool:
    """Whether it is one word."""
    return bool(_WORD.fullmatch(text))


def find_words(text: str) -> list[str]:
    """Its words."""
    return _WORD.findall(text)


def is_identifier(word: str) -> bool:
    """Whether it is the name of a variable or an error, or a version."""
    return bool(_IDENTIFIER.fullmatch(word))


def is_command(literal: str) -> bool:
    """Whether it is something to type."""
    return " " in literal and (literal.split(" ", 1)[0] in _PROGRAMS or " -" in literal)
