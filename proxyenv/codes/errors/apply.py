"""Errors of changing it."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "read-only",
        "a file or directory may not be written",
        (
            "it belongs to another user",
            "the file system is mounted read-only",
            "it is immutable or append-only (`lsattr` on Linux, `ls -lO` on macOS)",
        ),
        "give yourself the right to write there, then run the command again",
    ),
    Code(
        "no-space",
        "there is no space left to write to",
        ("the file system is full", "your quota is used up"),
        "free some space, then run the command again",
    ),
    Code(
        "write-failed",
        "a file could not be written",
        ("the file system or the network drive reported an error",),
        "read the message for the system's reason, then run the command again",
    ),
    Code(
        "locked",
        "another proxyenv is writing",
        ("`setup`, `refresh` or `uninstall` runs in another terminal",),
        "wait until it has ended, then run the command again",
    ),
    Code(
        "changed-meanwhile",
        "a file changed after the plan was made",
        ("an editor or another program wrote it while you were asked",),
        "run the command again",
    ),
    Code(
        "prefect-unusable",
        "Prefect cannot be asked: its import, its settings or the connection to its API fails",
        (
            "the Python that runs your flows has no Prefect",
            "proxy, CA or key are wrong in this shell; the message says which",
        ),
        "`proxyenv check` says where it breaks",
    ),
    Code(
        "no-prefect-api",
        "Prefect has no API here, and only an API has work pools",
        ("the active profile names none, so that Prefect starts a server of its own for each flow",),
        "name it: `proxyenv setup --api-url http://HOST:4200/api`",
    ),
    Code(
        "pool-unknown",
        "the API has no work pool of this name",
        ("it is misspelt", "the profile that is active names another API or workspace"),
        "`prefect work-pool ls` lists them",
    ),
    Code(
        "block-unknown",
        "the API has no block of this name",
        ("it is misspelt", "the profile that is active names another API or workspace"),
        "`prefect block ls` lists them; `--notify TYPE/NAME` takes one that sends notifications",
    ),
    Code(
        "deployment-unknown",
        "the API has no deployment of this name",
        ("it is misspelt: the name has two parts, `FLOW/DEPLOYMENT`", "the profile names another workspace"),
        "`prefect deployment ls` lists them",
    ),
    Code(
        "pool-template",
        "the base job template of a work pool cannot be edited",
        (
            "it is empty, and what its type usually has is not known",
            "it was written by hand, with something else where the variables belong",
        ),
        "look at it: `prefect work-pool inspect NAME`",
    ),
    Code(
        "pool-not-patched",
        "nothing is recorded here that was written into this work pool",
        ("it was patched from another machine or home", "it was restored already"),
        "`proxyenv pool show NAME` says what its jobs get",
    ),
    Code(
        "pool-not-written",
        "the API did not take the template of a work pool as it was sent",
        ("the key may read work pools and not change them", "a rule of the server refuses a value"),
        "what the API says is quoted; nothing was changed",
    ),
    Code(
        "store-failed",
        "the tool of a trust store failed, or the store does not answer as it should",
        ("the tool's own message, which is quoted, says why", "another program locks the store"),
        "run the quoted command by hand to see all that it prints",
    ),
    Code(
        "dependency-missing",
        "a package that proxyenv needs is not installed for the Python that runs it",
        (
            "proxyenv was started from a clone, without `pip install`",
            "`python` is another one than that of the virtual environment",
        ),
        "install proxyenv with what it needs: the hint has the command",
    ),
    Code(
        "out-of-resources",
        "the operating system gives proxyenv no more memory, processes or open files",
        (
            "a limit of the shell, the service or the container is low (`ulimit -a` shows those of a shell)",
            "other programs use up what the machine has",
        ),
        "raise the limit or end other programs, then run the command again",
    ),
    Code(
        "system-refused",
        "the operating system refused what a command needs",
        (
            "a disk or a network drive reports an error",
            "there is something else where a file or a directory is expected",
            "this user has no right to it",
        ),
        "look at what the message names (`ls -ld PATH`), then run the command again",
    ),
    Code(
        "input-unreadable",
        "something that was read is nested too deeply, or is in a form that its reader does not know",
        ("the file that the message names is damaged", "a reader of proxyenv does not know a rare form"),
        "correct the file that the message names or move it away; report it if it is in order",
    ),
    Code(
        "bug",
        "proxyenv has a bug",
        ("something happened that its authors did not expect",),
        "report it with the traceback, after removing what is private",
    ),
)
