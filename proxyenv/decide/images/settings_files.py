"""Secrets in the settings of tools: which names of which files hold one.

Sources: the manuals of curl (``.netrc``), apt (``apt_auth.conf``), npm (``npmrc``), Docker
(``config.json``), git (``gitcredentials``), pip, Maven, Gradle, cargo and Prefect.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Final, NamedTuple

from proxyenv.decide.images.secrets import is_basic, is_secret
from proxyenv.formats.parse import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Rule(NamedTuple):
    """Which files, and what stands in them before a secret; the second group is the secret."""

    files: re.Pattern[str]
    settings: re.Pattern[str]


def _rule(files: str, settings: str) -> _Rule:
    return _Rule(re.compile(files), re.compile(settings, re.IGNORECASE | re.MULTILINE))


_ASSIGNED: Final = r"\s*[=:]\s*[\"']?([^\s\"'#]+)"

_RULES: Final = (
    _rule(r"(^|/)[._]netrc$|^etc/apt/auth\.conf(\.d/|$)", r"(?:^|\s)(password)\s+(\S+)"),
    _rule(
        r"npmrc$|\.yarnrc(\.yml)?$",
        rf"(?<![\w-])(_authToken|_auth|_password|npmAuthToken|npmAuthIdent){_ASSIGNED}",
    ),
    _rule(r"pypirc$|pypoetry/\w+\.toml$", rf"^[ \t]*(password|token){_ASSIGNED}"),
    _rule(r"(^|/)\.?cargo/(config|credentials)(\.toml)?$", rf"^[ \t]*(token){_ASSIGNED}"),
    _rule(r"curlrc$", r"^[ \t]*-{0,2}(proxy-user|user|U|u)(?:\s*[=:]\s*|\s+)[\"']?([^\s\"':]*:[^\s\"']+)"),
    _rule(r"wgetrc$", r"^[ \t]*((?:proxy_|http_|ftp_)?password)\s*=\s*(\S+)"),
    _rule(r"gradle\.properties$", r"^[ \t]*(systemProp\.https?\.proxyPassword|\w*Password)\s*=\s*(\S+)"),
    _rule(r"settings(-security)?\.xml$", r"<(password|passphrase|master)>\s*([^<\s]+)\s*</"),
    _rule(r"profiles\.toml$", rf"^[ \t]*(PREFECT_API_KEY|PREFECT_API_AUTH_STRING){_ASSIGNED}"),
    _rule(r"\.aws/(credentials|config)$", rf"^[ \t]*(aws_secret_access_key|aws_session_token){_ASSIGNED}"),
    _rule(
        r"(^|/)pip\.(conf|ini)$|(^|/)\.?condarc$",
        r"^[ \t]*(proxy|https?)\s*[=:]\s*[\"']?[^\s:/@]+(:)[^\s/@]+@",
    ),
    _rule(
        r"gitconfig$|\.git/(config|modules/.*/config)$|\.config/git/config$",
        r"^[ \t]*(extraheader)\s*=\s*[\"']?\w*authorization:\s*\w+\s+(\S+)",
    ),
    _rule(r"(^|/)\.git-credentials$|\.config/git/credentials$", r"^\w+://[^\s:@]*()(:)[^\s@]+@"),
    _rule(
        r"(^|/)(\.env(\.\w+)?|env\.(sh|list)|[^/]+\.env)$|^etc/environment$|^etc/profile\.d/",
        r"^[ \t]*(?:export\s+)?([A-Z0-9_]*(?:PASSWORD|PASSWD|SECRET|TOKEN|API_KEY|AUTH_STRING|ACCESS_KEY))"
        r"\s*=\s*[\"']?([^\s\"'#]+)",
    ),
)

_REGISTRIES: Final = re.compile(r"(^|/)(\.docker/config\.json|\.dockercfg|containers/auth\.json)$")
_AUTHS: Final = ("auth", "identitytoken", "registrytoken", "password")
_MOST: Final = 20


class SecretSetting(NamedTuple):
    """A setting whose value is a secret.

    Args:
        name: its name, of those that the tool has.
        line: its line, from 1.
    """

    name: str
    line: int


def find_secret_settings(path: str, content: bytes) -> tuple[SecretSetting, ...]:
    """The settings of a tool's file that hold a secret.

    Args:
        path: without a leading slash.
        content: the whole file.
    """
    text = content.decode("utf-8", "replace")
    if _REGISTRIES.search(path):
        return tuple(_find_auths(text))
    found: dict[SecretSetting, None] = {}
    for rule in _RULES:
        if not rule.files.search(path):
            continue
        for matched, line in _find_uncommented(rule.settings, text):
            if is_secret(matched[2]) and len(found) < _MOST:
                found[SecretSetting(matched[1], line)] = None
    return tuple(found)


def _find_uncommented(settings: re.Pattern[str], text: str) -> Iterator[tuple[re.Match[str], int]]:
    """What matches outside of comments, with its line; each character is looked at once for that."""
    line, seen, is_comment = 1, 0, None
    for matched in settings.finditer(text):
        index = matched.start(1)
        newlines = text.count("\n", seen, index)
        if newlines or is_comment is None:
            start = text.rfind("\n", 0, index) + 1
            is_comment = text[start:index].lstrip().startswith(("#", ";"))
        line, seen = line + newlines, index
        if not is_comment:
            yield matched, line


def _find_auths(text: str) -> Iterator[SecretSetting]:
    """The credentials of registries, which Docker keeps in base64."""
    try:
        document = parse_json(text)
    except ValueError:
        return
    if not isinstance(document, dict):
        return
    auths = document.get("auths", document)
    for host, entry in list(auths.items())[:_MOST] if isinstance(auths, dict) else ():
        if not isinstance(entry, dict):
            continue
        for name in _AUTHS:
            value = entry.get(name)
            if isinstance(value, str) and (is_basic(value.encode()) if name == "auth" else is_secret(value)):
                index = text.find(json.dumps(host))
                yield SecretSetting(f"auths.{name}", text.count("\n", 0, max(index, 0)) + 1)
                break
