"""Every error that proxyenv raises on purpose.

An error has a message (what is wrong), a hint (one next step) and a code that never changes, declared in
:mod:`proxyenv.codes.errors`. The command line turns an error into text and an exit status.
"""

from __future__ import annotations

from typing import ClassVar

from proxyenv.codes import require_code

_LONGEST = 2000
"""In characters, of a message. A value that it names may be a whole file."""


def cut(message: str) -> str:
    """A message, and not more of it than a person reads."""
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


class ProxyenvError(Exception):
    """A command failed.

    Args:
        code: a code of the family ``errors``.
        message: what is wrong: the object, the value and where the value came from; lower case, no final
            period, literals in backticks, never a password.
        hint: one next step, or ``None``.

    Raises:
        KeyError: *code* is not registered; that is a bug.
    """

    exit_status: ClassVar[int] = 3

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        require_code("errors", code)
        self.code = code
        self.message = cut(message)
        self.hint = hint
        super().__init__(self.message)


class TextAsked(Exception):  # noqa: N818 - it is no error
    """A text was asked for in the place of a verb's work, as by `--help`.

    Args:
        text: to be printed.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UsageError(ProxyenvError):
    """The request itself is wrong: an option or a value."""

    exit_status: ClassVar[int] = 2


class DiscoveryError(ProxyenvError):
    """Something that is needed was not found, cannot be read or is ambiguous."""


class AmbiguityError(DiscoveryError):
    """Two values of equal rank differ. On a terminal this becomes a question.

    Args:
        code: a code of the family ``errors``.
        message: what differs.
        option: the option that decides, such as ``--proxy``.
        choices: the values to choose from, as they may be shown.
        answers: the values to use, one for each choice.
        hint: one next step where nobody can be asked.
    """

    def __init__(  # noqa: PLR0913 - what differs, and what decides
        self,
        code: str,
        message: str,
        *,
        option: str,
        choices: tuple[str, ...],
        answers: tuple[str, ...],
        hint: str | None = None,
    ) -> None:
        super().__init__(code, message, hint=hint)
        self.option = option
        self.choices = choices
        self.answers = answers


def needs_root(what: str, then: str, *, hint: str | None = None) -> PlanError:
    """The refusal of what only root, or an administrator, may write.

    Args:
        what: the file or the store.
        then: what follows from it, as a clause.
        hint: one next step.
    """
    return PlanError("needs-root", f"{what} can only be written by root; {then}", hint=hint)


def not_installed() -> DiscoveryError:
    """The error of every verb that needs an installation where there is none."""
    return DiscoveryError("not-installed", "nothing is set up here", hint="run `proxyenv setup` first")


def pool_unknown(api: str, pool: str) -> DiscoveryError:
    """The error of what needs a work pool that the API does not know.

    Args:
        api: its URL, without credentials.
        pool: the name.
    """
    message = f"`{api}` has no work pool `{pool}`"
    return DiscoveryError("pool-unknown", message, hint="`prefect work-pool ls` lists them")


class TrustError(ProxyenvError):
    """A certificate, or a file of certificates, is refused."""


class PlanError(ProxyenvError):
    """The changes cannot be planned."""


class ApplyError(ProxyenvError):
    """The changes could not be written; what was already written has been reverted."""


class VerifyError(ProxyenvError):
    """A check could not run. A check that ran and failed is an ``Outcome``, not an error."""
