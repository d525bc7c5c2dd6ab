"""A fleet's policy: the bytes become a configuration, or are refused.

It ranks above what is saved on the machine, so it may say only what is true on every machine and what nobody
between here and there can change: no path that depends on a directory, and no CA from a URL without its
fingerprint.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import PurePath, PurePosixPath, PureWindowsPath
from typing import TYPE_CHECKING, Final

from proxyenv.decide.trust import is_certificate
from proxyenv.errors import DiscoveryError, TrustError, UsageError
from proxyenv.formats.configuration import parse_configuration
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.policy import Policy
from proxyenv.model.proxy_url import is_masked
from proxyenv.model.url import holds_credentials, is_web_url, require_fetchable, show_location, show_source

if TYPE_CHECKING:
    from proxyenv.model.configuration import Configuration

LEAVE: Final = "none"
"""The value of ``--config`` that leaves the policy."""

_DIGEST: Final = re.compile(r"(?:sha256:)?([0-9a-f]{64})")
_OURS: Final = ("policy", "policy_digest", "derived")


def parse_policy(content: bytes, *, source: str, digest: str | None, note: str = "") -> Policy:
    """What a policy decides.

    Args:
        content: every byte.
        source: the URL, or the absolute path.
        digest: the SHA-256 that it must have, normalised; ``None`` where nobody gave one.
        note: what the user should know of how it was read.

    Raises:
        TrustError: ``policy-mismatch``.
        DiscoveryError: ``policy-invalid``.
    """
    require_digest(content, source=source, digest=digest)
    name = f"the policy `{show_source(source)}`"
    try:
        configuration = parse_configuration(content.decode("utf-8-sig"), source=name)
    except UnicodeDecodeError as error:
        raise _invalid(f"{name} is not UTF-8") from error
    except DiscoveryError as error:
        hint = error.hint if error.hint and "`proxyenv setup`" not in error.hint else None
        raise _invalid(error.message, hint) from error
    _require_same_everywhere(configuration, name)
    found = hashlib.sha256(content).hexdigest()
    return Policy(source, content, found, digest is not None, configuration, note)


def require_digest(content: bytes, *, source: str, digest: str | None) -> None:
    """Refuse content that has another digest.

    Raises:
        TrustError: ``policy-mismatch``.
    """
    found = hashlib.sha256(content).hexdigest()
    if digest is not None and found != digest:
        raise TrustError(
            "policy-mismatch",
            f"the policy `{show_source(source)}` has the SHA-256 `{found}`, and `{digest}` was asked for; "
            "nothing was changed",
            hint="ask whoever publishes the policy for its SHA-256; never take it from the same place",
        )


def parse_digest(text: str, *, where: str = "`--config-digest`") -> str:
    """What an option says that holds a SHA-256, as lower-case hex.

    Args:
        text: its value.
        where: what holds it, for messages.

    Raises:
        UsageError: ``usage``: it is no SHA-256.
    """
    match = _DIGEST.fullmatch("".join(text.replace(":", "").split()).lower().replace("sha256", "sha256:"))
    if match is None:
        raise UsageError(
            "usage",
            f"{where} is `{text}`, which is no SHA-256",
            hint="64 hexadecimal digits, as `sha256sum FILE` prints them",
        )
    return match[1]


def require_url(url: str, *, pinned: bool) -> None:
    """Refuse a URL that a policy must not come from.

    Raises:
        UsageError: ``policy-unpinned``; ``url-invalid``; or ``usage``: it holds a password, which would be
            saved.
    """
    name = show_location(url)
    require_fetchable(url, source=f"`--config {name}`", example="https://corp.example/fleet.toml")
    if is_masked(url) or holds_credentials(url):
        raise UsageError("usage", f"`--config {name}` holds a password", hint="publish it without one")
    if not pinned:
        raise UsageError(
            "policy-unpinned",
            f"`--config {name}` is not pinned: whoever can change what is there decides what is trusted here",
            hint="add `--config-digest SHA256`, as `sha256sum` prints it for the file that was published",
        )


def _require_same_everywhere(configuration: Configuration, name: str) -> None:
    """Refuse what depends on the machine, on who runs it, or on the network.

    Raises:
        DiscoveryError: ``policy-invalid``.
    """
    for each in _OURS:
        if getattr(configuration, each):
            raise _invalid(f"`{SETUP_OPTIONS[each].key}` is written by `setup`, and {name} has it")
    for text in configuration.ca:
        if is_web_url(text):
            if not configuration.fingerprints:
                raise _invalid(
                    f"{name} names the CA `{show_location(text)}` and no `trust.fingerprints`",
                    "add the SHA-256 fingerprints of the CAs that may come from there",
                )
        elif text != "system" and not is_certificate(text) and not _is_absolute(text):
            raise _invalid(
                f"{name} names the CA `{text}`, which is another file in every directory",
                "an absolute path, a URL with its fingerprint, `system`, or the certificate itself",
            )
    for text in configuration.venvs:
        if not _is_absolute(text):
            raise _invalid(f"`trust.venvs` in {name} has `{text}`, which is no absolute path")


def _is_absolute(text: str) -> bool:
    kinds: tuple[type[PurePath], ...] = (PurePosixPath, PureWindowsPath)
    return text.startswith(("~/", "~\\")) or any(kind(text).is_absolute() for kind in kinds)


def _invalid(message: str, hint: str | None = None) -> DiscoveryError:
    return DiscoveryError("policy-invalid", message, hint=hint)
