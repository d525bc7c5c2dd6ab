"""Errors of finding the proxy and the CA on this machine."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "nothing-found",
        "no proxy and no corporate CA was given or found",
        ("this shell has no proxy variables", "neither `--proxy` nor `--ca` was given"),
        "`proxyenv setup --proxy http://HOST:PORT --ca FILE`",
    ),
    Code(
        "proxy-conflict",
        "two different proxies of equal rank were found",
        ("`https_proxy` and `HTTPS_PROXY` differ",),
        "name the right one with `--proxy URL`, or unset the other variable",
    ),
    Code(
        "ca-not-found",
        "a CA file or directory does not exist",
        ("the path is misspelt, or relative to another directory",),
        "check the path given with `--ca`",
    ),
    Code(
        "ca-unreadable",
        "a CA file cannot be read",
        (
            "only another user may read it",
            "it is a device or too large for a file of certificates",
            "it is a PKCS#12 whose password takes too long to check",
        ),
        "copy it to a place where you can read it, and name the copy with `--ca`",
    ),
    Code(
        "system-store",
        "the operating system's trust store cannot be read",
        ("the package `ca-certificates` is not installed, as in small container images",),
        "install `ca-certificates`, or start from certifi: `--base certifi`",
    ),
    Code(
        "configuration-invalid",
        "`proxyenv.toml` is not valid",
        ("it was edited by hand", "a newer version of proxyenv wrote it"),
        "correct the key that the message names, or move the file away and run `proxyenv setup`",
    ),
    Code(
        "receipt-invalid",
        "`receipt.json` is not valid",
        (
            "it was edited or cut off",
            "a variable, a link or a home that led to a file is gone",
            "a newer version of proxyenv wrote it",
        ),
        "`proxyenv uninstall --without-receipt` takes back what can be told from the files",
    ),
    Code(
        "profile-missing",
        "the Prefect profile that was written is gone from `profiles.toml`",
        ("`prefect profile delete` or another program removed it",),
        "`proxyenv refresh`",
    ),
    Code(
        "profiles-invalid",
        "Prefect's `profiles.toml` is not valid TOML",
        ("it was edited by hand",),
        "correct it at the line that the message names, or move it away; Prefect cannot read it either",
    ),
    Code(
        "file-unreadable",
        "a file whose contents must be kept cannot be read",
        ("only another user may read it", "it is a directory", "it is not valid UTF-8"),
        "give yourself the right to read it, or move it away",
    ),
    Code(
        "not-installed",
        "nothing is set up here",
        ("`setup` was never run by this user", "`--prefix` or `PROXYENV_HOME` differs from that of `setup`"),
        "`proxyenv setup`",
    ),
    Code(
        "python-not-found",
        "there is no Python where `--python` says",
        ("the path is misspelt", "the directory is not a virtual environment"),
        "name the interpreter, such as `.venv/bin/python`, or the directory of its virtual environment",
    ),
    Code(
        "receipt-lost",
        "files of proxyenv are there, and the receipt that says how to take them back is not",
        ("`receipt.json` was deleted, or only some directories came back from a backup",),
        "`proxyenv uninstall --without-receipt` takes back what can be told from the files",
    ),
    Code(
        "venv-invalid",
        "a directory given with `--venv` is not a virtual environment",
        ("it has no `pyvenv.cfg`", "it lacks its Python or its site-packages"),
        "`python -m venv DIR` creates one",
    ),
    Code(
        "other-proxyenv",
        "the unrelated distribution `proxyenv` is installed, and its files overwrite ours",
        ("`pip install proxyenv` was run: on PyPI that is another project",),
        "`pip uninstall proxyenv`, then install `proxyenv-bootstrap` again",
    ),
)
