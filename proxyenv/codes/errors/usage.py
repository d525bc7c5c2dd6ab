"""Errors of the command line and of what it gives: exit status 2."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "usage",
        "the command line cannot be understood",
        ("an option or verb is misspelt", "two options exclude each other", "an option lacks its value"),
        "`proxyenv --help` lists the verbs, `proxyenv VERB --help` the options",
    ),
    Code(
        "proxy-url-invalid",
        "the clients that would read this proxy URL cannot use it",
        (
            "the scheme is not `http` or `https`: SOCKS is not supported, and a PAC file goes to `--pac`",
            "the host is missing, or host or port is misspelt",
            "an IPv6 address stands without its brackets",
        ),
        "write `http://HOST:PORT`, or `http://USER@HOST:PORT`, which asks for the password",
    ),
    Code(
        "password-masked",
        "a password consists of what programs print in the place of one",
        (
            "the URL was copied from what proxyenv, pip, git or a container tool shows",
            "a masked value was saved in a variable or a file",
        ),
        "write the password itself; where a variable or a file holds the mask, correct it there",
    ),
    Code(
        "proxy-password",
        "the password of the proxy's user is not known, or must not be taken from where it is",
        (
            "`--proxy USER@HOST` was given where nobody can be asked",
            "the file with the password can be read by others, is empty or has several lines",
            "the variable with the password is not set",
            "root runs proxyenv for somebody else's home, and only a file there says where the password is",
            "the keyring is locked, has no such password, or is one that keeps passwords in clear text",
        ),
        "give it with `--proxy-password-file FILE` or `--proxy-password-env NAME`; `chmod 600 FILE` closes a "
        "file",
    ),
    Code(
        "api-url-invalid",
        "the Prefect API URL is not an `http://` or `https://` URL",
        ("the scheme is missing", "host or port is misspelt", "it has a query or credentials"),
        "write it as `http://prefect.corp.example:4200/api`",
    ),
    Code(
        "url-invalid",
        "a URL or host to check is not valid",
        (
            "the scheme is not `http` or `https`",
            "host or port is misspelt",
            "it has credentials, or, for the jobs of a work pool, a query: they would be stored",
        ),
        "write it as `https://host.example/uuid`",
    ),
    Code(
        "profile-name-invalid",
        "the profile name cannot be written to `profiles.toml`",
        ("it is empty, longer than 64 characters, or has a blank or another character of that kind",),
        "use letters, digits, `-`, `_` and `.`",
    ),
    Code(
        "no-proxy-too-long",
        "NO_PROXY is longer than an environment variable can be",
        ("the list names many single hosts",),
        "name domains (`.corp.example`) and networks (`10.0.0.0/8`) instead of single hosts",
    ),
    Code(
        "no-proxy-invalid",
        "a NO_PROXY entry cannot be written so that every client survives it",
        ("it is a URL, has a port where none is allowed, or is not a whole address",),
        "write `host.corp.example`, `.corp.example`, `10.1.2.3` or `10.0.0.0/8`",
    ),
    Code(
        "confirmation-required",
        "there is no terminal to ask on, and `--yes` was not given",
        ("the command runs in a script, in CI or with its input redirected",),
        "add `--yes`; `--dry-run` only shows the changes",
    ),
    Code(
        "policy-unpinned",
        "a fleet's policy is to come from a URL, and no digest says what it must be",
        ("`--config URL` was given without `--config-digest`",),
        "add the SHA-256 of the published file: `--config-digest SHA256`",
    ),
)
