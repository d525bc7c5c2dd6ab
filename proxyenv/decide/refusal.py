"""The value of an option that cannot be used: an error of whoever typed it, or of the file that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.intent import Rank

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.errors import ProxyenvError
    from proxyenv.model.intent import Intent


def refuse_value(intent: Intent, option: str, error: UsageError) -> ProxyenvError:
    """What a parser says of a value: of a file, it is the file that has to be corrected.

    Args:
        intent: who decided the option.
        option: by its name.
        error: as the parser raised it.
    """
    if intent.rank(option) in {Rank.GIVEN, Rank.OPEN}:
        return error
    code = "password-masked" if error.code == "password-masked" else "configuration-invalid"
    hint = f"correct it there, or give `{SETUP_OPTIONS[option].flag}`"
    return DiscoveryError(code, error.message, hint=hint)


def refuse_name(intent: Intent, option: str, name: str, known: Iterable[str]) -> ProxyenvError:
    """What is said of a name that a catalogue does not have.

    Args:
        intent: who decided the option.
        option: by its name.
        name: the one that is not known.
        known: those that the option takes.
    """
    hint = f"it takes {', '.join(known)}"
    if intent.rank(option) is Rank.GIVEN:
        return UsageError("usage", f"`{SETUP_OPTIONS[option].flag} {name}` is not known", hint=hint)
    message = f"{intent.where(option)} names `{name}`, which this version does not know"
    return DiscoveryError("configuration-invalid", message, hint=hint)
