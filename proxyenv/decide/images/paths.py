"""What the path of a file in an image says of it: whether it is code, a log, a cache, a tool's settings."""

from __future__ import annotations

import re
from typing import Final, Literal

PathClass = Literal["code", "log", "cache", "settings", "file"]

_CODE: Final = re.compile(
    r"(^|/)(site-packages|dist-packages|node_modules|gems|vendor/bundle|\.git/objects)/"
    r"|(^|/)lib(32|64)?/(python\d|perl|ruby|node_modules|git-core|gcc|x86_64-linux-gnu|aarch64-linux-gnu|R/)"
    r"|^usr/share/(doc|man|info|locale|perl|perl5|vim|bash-completion|zsh|git-core|gitweb|nodejs|python3?|"
    r"gcc|gdb|lintian|help|licenses|mime|misc|keyrings|ruby|tcltk|javascript|i18n|dict)"
    r"|^usr/(include|src)/|^usr/local/(include|go/src|share/man|share/doc)/|(^|/)go/pkg/mod/"
    r"|^var/lib/dpkg/info/[^/]+\.(md5sums|list|symbols|shlibs|triggers)$|(^|/)rustlib/|(^|/)cargo/registry/src/"
)
"""What packages bring: examples of URLs stand in it, and keys for its own tests."""

_TOLD: Final = re.compile(
    r"(^|/)(direct_url\.json|\.package-lock\.json|conda-meta/[^/]+\.json|[^/]+\.pth|certifi/cacert\.pem)$"
)
"""Files among the code that an installer writes: they say where the code came from."""

_LOG: Final = re.compile(
    r"^var/log/|(^|/)(_logs|logs?)/|\.log(\.\d+)?$"
    r"|(^|/)\.(bash|ash|sh|zsh|python|mysql|psql|node_repl|sqlite)_history$|(^|/)fish_history$"
)
_CACHE: Final = re.compile(
    r"(^|/)(_cacache|_npx)/|(^|/)\.cache/|^var/cache/|^var/lib/apt/lists/|(^|/)pkgs/(cache/|urls|[^/]+/info/)"
    r"|(^|/)\.(yarn|pnpm-store|gradle|m2/repository|ivy2|composer/cache|bundle/cache)/|(^|/)conda-meta/"
)
_SETTINGS: Final = re.compile(
    r"(^|/)([._]netrc|\.?npmrc|\.yarnrc(\.yml)?|\.?pypirc|pip\.(conf|ini)|uv\.toml|\.?condarc|\.git-credentials|"
    r"\.?gitconfig|[._]?curlrc|\.?wgetrc|\.dockercfg|\.boto|gradle\.properties|profiles\.toml)$"
    r"|(^|/)\.git/(config|modules/.*/config)$|(^|/)\.config/git/(config|credentials)$|(^|/)\.?pip/pip\.conf$"
    r"|(^|/)\.docker/config\.json$|(^|/)containers/auth\.json$|^etc/apt/(apt\.conf|auth\.conf|sources\.list)"
    r"|^etc/(yum\.conf|yum\.repos\.d/|dnf/|zypp/|apk/repositories|environment$|profile\.d/|wgetrc)"
    r"|(^|/)\.m2/settings(-security)?\.xml$|(^|/)\.?cargo/(config|credentials)(\.toml)?$|(^|/)pypoetry/\w+\.toml$"
    r"|(^|/)\.aws/(credentials|config)$|(^|/)\.prefect/profiles\.toml$|(^|/)(\.env(\.\w+)?|env\.(sh|list)|[^/]+\.env)$"
)
_CERTIFICATES: Final = re.compile(
    r"\.(pem|crt|cer|der|p7b|p7c|p12|pfx|jks|key)$|^etc/(ssl|pki|ca-certificates)/"
    r"|^usr/(local/)?share/(ca-certificates|pki)/|^var/lib/ca-certificates/|^etc/(passwd|group)$"
)
_KEPT_TREES: Final = re.compile(r"^(etc|root|home/[^/]+|usr/(local/)?etc)/")
_SMALL: Final = 128 * 1024
_LARGEST_BUNDLE: Final = 4 * 1024 * 1024


def classify(path: str) -> PathClass:
    """What kind of file it is.

    Args:
        path: without a leading slash.
    """
    if _TOLD.search(path):
        return "cache" if "conda-meta/" in path else "file"
    if _CODE.search(path):
        return "code"
    if _SETTINGS.search(path):
        return "settings"
    if _CACHE.search(path):
        return "cache"
    return "log" if _LOG.search(path) else "file"


def is_kept(path: str, size: int, kind: PathClass) -> bool:
    """Whether the content says what is trusted or how a tool is set up, so that rules need all of it."""
    if kind == "settings":
        return size <= _SMALL
    if path.endswith("certifi/cacert.pem"):
        return size <= _LARGEST_BUNDLE
    if kind == "code":
        return False
    if _CERTIFICATES.search(path):
        return size <= _LARGEST_BUNDLE
    return kind == "file" and size <= _SMALL and _KEPT_TREES.search(path) is not None


def may_be_bundle(path: str, size: int, kind: PathClass) -> bool:
    """Whether a file without a telling name may hold CAs; its first bytes say whether it does."""
    return kind == "file" and size <= _LARGEST_BUNDLE and not path.startswith(("proc/", "sys/"))
