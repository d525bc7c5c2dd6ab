"""Every error that proxyenv raises on purpose, and the stable codes that scripts may rely on.

An error carries what is wrong (``message``), one next step (``hint``) and a ``code`` that never
changes. Nothing here prints or exits: the command line turns an error into text and a status.
"""

from __future__ import annotations

from typing import ClassVar, Final

CODES: Final[dict[str, str]] = {
    # usage (exit status 2)
    "usage": "the command line could not be understood",
    "proxy-url-invalid": "a proxy URL cannot be used by the clients that would read it",
    "api-url-invalid": "the Prefect API URL is not an `http://` or `https://` URL",
    "url-invalid": "a URL to check is not an `http://` or `https://` URL",
    "profile-name-invalid": "the profile name cannot be written to `profiles.toml`",
    "no-proxy-too-long": "NO_PROXY is longer than a variable may be",
    "no-proxy-invalid": "a NO_PROXY entry cannot be written so that clients survive it",
    "confirmation-required": "there is no terminal to ask on, and `--yes` was not given",
    # discovery
    "nothing-found": "neither a proxy nor a corporate CA was given or found",
    "proxy-conflict": "two proxies of equal rank were found",
    "ca-not-found": "a CA file or directory does not exist",
    "ca-unreadable": "a CA file cannot be read",
    "system-store": "the operating system's trust store cannot be read",
    "configuration-invalid": "`proxyenv.toml` is not valid",
    "receipt-invalid": "`receipt.json` is not valid",
    "profile-missing": "the profile that was written is gone from `profiles.toml`",
    "profiles-invalid": "Prefect's `profiles.toml` is not valid TOML",
    "file-unreadable": "a file that has to be kept intact cannot be read",
    "not-installed": "nothing is set up here",
    "venv-invalid": "a directory that was named is no virtual environment",
    "other-proxyenv": "an unrelated distribution named `proxyenv` is installed",
    # trust
    "no-certificate": "a CA file holds no certificate",
    "unexpected-block": "a CA file holds something that is not a certificate",
    "malformed-certificate": "a certificate cannot be parsed",
    "ca-password": "a CA file is locked, and the password is missing or wrong",
    "wire-unreachable": "no TLS connection came about to look at",
    "ca-unreachable": "a CA could not be fetched",
    "not-a-ca": "a certificate is not a CA",
    "ca-expired": "a CA certificate has expired",
    "ca-not-yet-valid": "a CA certificate is not yet valid",
    "fingerprint-mismatch": "no certificate has the fingerprint that was asked for",
    # plan
    "value-unrepresentable": "a value cannot be written in a format that needs it",
    "foreign-file": "a file that only proxyenv should write was written by somebody else",
    "other-installation": "an rc file has a block of another installation of proxyenv",
    "block-damaged": "the markers of a managed block do not pair up",
    "needs-root": "only root may write a trust store, or a file of the system",
    "settings-invalid": "a file of a tool cannot be edited safely",
    "password-refused": "a file that would get the proxy's password may be read by others",
    "bundle-closed": "a tool may not enter the directory of the bundle",
    "no-corporate-ca": "no corporate CA is set up that a trust store could get",
    # apply
    "read-only": "a file or directory may not be written",
    "no-space": "there is no space left to write to",
    "write-failed": "a file could not be written",
    "locked": "another proxyenv is writing",
    "changed-meanwhile": "a file changed between the plan and its application",
    "store-failed": "the tool of a trust store refused, or the store does not answer as it should",
    "bug": "proxyenv itself is wrong; please report it",
    # verify
    "demo-tool-missing": "the demonstration could not get a tool that it needs",
    "demo-failed": "a step of the demonstration failed",
}
"""Every error code, and what it means in a line. Codes are kebab-case, unique and permanent."""


class ProxyenvError(Exception):
    """Something could not be done.

    Args:
        code: a key of :data:`CODES`.
        message: what is wrong, naming the object and the value; lower case, no final period,
            literals in backticks. It never holds a password.
        hint: one next step, or ``None``.

    Raises:
        KeyError: *code* is not registered; that is a bug.
    """

    exit_status: ClassVar[int] = 3

    def __init__(self, code: str, message: str, *, hint: str | None = None) -> None:
        CODES[code]
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class UsageError(ProxyenvError):
    """The request itself is wrong: a bad option or value."""

    exit_status: ClassVar[int] = 2


class DiscoveryError(ProxyenvError):
    """What is needed was not found, not readable, or not unambiguous."""


class AmbiguityError(DiscoveryError):
    """Two finds of equal rank differ. On a terminal this becomes a question.

    Args:
        code: a key of :data:`CODES`.
        message: what differs.
        option: the option that settles it, such as ``--proxy``.
        choices: the values to choose from, as they may be shown.
        answers: the values to use, one for each choice.
        hint: one next step for those who cannot be asked.
    """

    def __init__(  # noqa: PLR0913 - what differs, and what settles it
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


def not_installed() -> DiscoveryError:
    """What every verb that needs an installation says where there is none."""
    return DiscoveryError("not-installed", "nothing is set up here", hint="`proxyenv setup` comes first")


class TrustError(ProxyenvError):
    """A certificate, or a file of certificates, is refused."""


class PlanError(ProxyenvError):
    """The changes cannot be expressed."""


class ApplyError(ProxyenvError):
    """The changes could not be written; what had been written was put back."""


class VerifyError(ProxyenvError):
    """A check could not be run. A check that ran and said no is an ``Outcome``, not an error."""
