"""Secrets in the files of every layer, as finds: where each is, and the line that keeps it out."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from proxyenv.decide.images.config_rules import MOUNTED
from proxyenv.decide.images.paths import classify
from proxyenv.model.image import ImageFind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.decide.images.evidence import ImageEvidence
    from proxyenv.decide.images.paths import PathClass
    from proxyenv.model.image import Hit

_CACHES: Final = ("_cacache", ".cache", "pkgs", "conda-meta")
_RANK: Final = {"known": 0, "setting": 1, "authorization": 2, "url": 3, "key": 4}


def judge_files(evidence: ImageEvidence) -> Iterator[ImageFind]:
    """What the files of all layers give away, those that a layer above removes included."""
    for number, layer in enumerate(evidence.tree.layers):
        seen: set[tuple[str, int]] = set()
        for hit in sorted(layer.hits, key=lambda each: (each.path, each.line, _RANK[each.kind])):
            if (hit.path, hit.line) in seen:  # one line, told once, by what says most
                continue
            seen.add((hit.path, hit.line))
            kind = classify(hit.path)
            yield ImageFind(
                _find_cause(hit, kind),
                f"/{hit.path}",
                _describe(hit),
                _find_line(hit, kind),
                number + 1,
                hit.line or None,
                not evidence.tree.is_current(number, hit.path),
            )


def _find_cause(hit: Hit, kind: PathClass) -> str:
    """The cause, by what was found and in what kind of file."""
    by_kind_cause = {
        "settings": "image-settings-password",
        "log": "image-log-password",
        "cache": "image-cache-password",
    }
    if hit.kind == "key":
        return "image-private-key"
    if hit.kind == "known":
        return "image-proxy-password"
    if hit.kind == "authorization":
        return "image-encoded-password"
    return by_kind_cause.get(kind, "image-file-password")


def _describe(hit: Hit) -> str:
    """What it is, as a clause."""
    match hit.kind:
        case "key":
            return "a private key"
        case "known":
            return f"{'' if hit.line else 'the name of a file has '}the password of this machine's proxy"
        case "authorization":
            return "a header with credentials in base64"
        case "setting":
            return f"`{hit.setting}` is a secret" if hit.setting else "credentials"
        case "url":
            return "a URL with a password"


def _find_line(hit: Hit, kind: PathClass) -> str:
    """The line that avoids it."""
    name = posixpath.basename(hit.path)
    if hit.kind == "key" and "/.ssh/" in f"/{hit.path}":
        return "`RUN --mount=type=ssh COMMAND` in place of `COPY`"
    if "/.git/" in f"/{hit.path}":
        return "`**/.git` in `.dockerignore`, and no password in the URL of `git clone`"
    if hit.kind == "key" or (hit.kind != "known" and kind == "settings"):
        secret = f"id={name.strip('._') or 'file'},target=/{hit.path}"
        return f"`RUN --mount=type=secret,{secret} COMMAND` in place of `COPY`"
    if kind == "cache":
        return f"`RUN --mount=type=cache,target=/{_find_cache(hit.path)} COMMAND`"
    if kind == "log":
        return f"`{MOUNTED}`, and no password on the command line"
    return f"`{MOUNTED}`, and `**/{name}` in `.dockerignore`"


def _find_cache(path: str) -> str:
    """The directory that is the cache."""
    parts = path.split("/")
    index = next((index for index, part in enumerate(parts) if part in _CACHES), len(parts) - 2)
    return "/".join(parts[: index + 1])
