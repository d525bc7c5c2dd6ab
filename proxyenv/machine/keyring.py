"""The operating system's keyring: the library of the extra ``keyring``, imported only where it is asked."""

from __future__ import annotations

import functools
import shlex
import sys
from importlib.util import find_spec
from threading import Thread
from typing import TYPE_CHECKING, Any, Final

from proxyenv.errors import DiscoveryError
from proxyenv.model.suggestion import suggest_install

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYSTEMS: Final = frozenset(
    f"keyring.backends.{name}" for name in ("SecretService", "libsecret", "kwallet", "macOS", "Windows")
)
"""Those of operating systems and desktops. Any other may keep passwords in clear text, or keep none."""

_SECONDS: Final = 60.0
"""A keyring that is locked asks its user first, who may not be there."""

_OTHERWISE: Final = "`--proxy-password-file FILE` reads it from a file"


@functools.cache
def read_password(service: str, user: str) -> str:
    """The password that the keyring of the operating system has for a user of a service.

    Raises:
        DiscoveryError: ``proxy-password``: the library is not installed; there is no such keyring, or another
            one in its place; it does not answer; it has no such password.
    """
    found: list[str | None] = []
    errors: list[Exception] = []

    def ask() -> None:
        try:
            found.append(_ask(service, user))
        except Exception as error:  # noqa: BLE001 - whatever a keyring raises, each its own
            errors.append(error)

    thread = Thread(target=ask, daemon=True)  # nothing can interrupt a keyring that waits for its user
    thread.start()
    thread.join(_SECONDS)
    if errors and isinstance(errors[0], DiscoveryError):
        raise errors[0]
    if errors or not found:
        reason = type(errors[0]).__name__ if errors else f"no answer in {_SECONDS:.0f} s"
        message = f"the keyring cannot be asked: {reason}"
        raise DiscoveryError("proxy-password", message, hint=f"unlock it; or {_OTHERWISE}")
    if not found[0]:
        words = shlex.join(("keyring", "set", service, user))
        message = f"the keyring has no password of `{user}` for `{service}`"
        raise DiscoveryError("proxy-password", message, hint=f"`{words}` stores it")
    return found[0]


def _ask(service: str, user: str) -> str | None:
    try:
        import keyring
    except ImportError as error:
        has_pip = find_spec("pip") is not None
        command = suggest_install("keyring>=25", python=sys.executable, has_pip=has_pip)
        raise DiscoveryError(
            "proxy-password",
            "the keyring cannot be asked: `keyring` is not installed",
            hint=f"`{command}`",
        ) from error
    backends = list(_flatten(keyring.get_keyring()))
    trusted = [each for each in backends if type(each).__module__ in _SYSTEMS]
    if not trusted:
        listed = ", ".join(f"`{type(each).__module__}.{type(each).__qualname__}`" for each in backends)
        raise DiscoveryError(
            "proxy-password",
            f"{listed or 'nothing'} stands in for the keyring, and may keep passwords in clear text or none",
            hint=f"use the keyring of your desktop or operating system; or {_OTHERWISE}",
        )
    answers = (each.get_password(service, user) for each in trusted)
    return next((answer for answer in answers if answer), None)


def _flatten(backend: Any) -> Iterator[Any]:  # noqa: ANN401 - whatever is configured
    """The keyrings that are asked in turn, where it is several."""
    inner = getattr(backend, "backends", None)
    if isinstance(inner, (list, tuple)):
        yield from inner
    else:
        yield backend
