"""Errors of working out what to change."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CODES: Final[tuple[Code, ...]] = (
    Code(
        "timer-unavailable",
        "there can be no timer here",
        (
            "systemd does not run, as in a container or under WSL 1",
            "the platform has no timer that is known, as Windows",
            "as root: others could replace the Python that it would run",
        ),
        "run `proxyenv refresh --if-stale --yes` from another schedule, such as cron or Prefect's own",
    ),
    Code(
        "value-unrepresentable",
        "a value cannot be written in a format that needs it",
        ("it has a line break, a quote or a blank that the format has no way to write",),
        "use another value, or leave out the tool or format that the message names",
    ),
    Code(
        "foreign-file",
        "a file that only proxyenv should write was written by somebody else",
        ("another program or a person created it at the same path",),
        "move it away, or choose another directory with `--prefix`",
    ),
    Code(
        "other-installation",
        "an rc file has the block of another installation of proxyenv",
        ("`setup` was run before with another `--prefix`",),
        "uninstall that one first, with its `--prefix`, or set this one up with `--no-rc`",
    ),
    Code(
        "block-damaged",
        "the markers of a managed block do not pair up",
        ("the rc file was edited, and one of the two marker lines is gone",),
        "remove the rest of the block by hand, with its markers",
    ),
    Code(
        "needs-root",
        "only root may write a trust store or a system file",
        ("the command was run as a normal user",),
        "run the `sudo` command of the hint",
    ),
    Code(
        "settings-invalid",
        "a tool's file cannot be edited safely",
        ("the tool cannot parse it either", "it uses a notation that cannot be edited without risk"),
        "correct the file, or leave its tool out of `--configure`",
    ),
    Code(
        "password-refused",
        "others can read a file that would hold the proxy's password",
        ("its mode lets group or others read it", "the format is made for sharing"),
        "`chmod 600 FILE`, or use a proxy on this machine that adds the credentials",
    ),
    Code(
        "loopback-elsewhere",
        "a proxy on loopback is to be used in another place, where loopback is another one",
        (
            "a forwarder such as px or cntlm runs on this machine, and containers cannot reach it there",
            "the settings of this machine are meant for an image, a pod or another machine",
        ),
        "say how the proxy is reached from there: `--proxy-there http://HOST:PORT`",
    ),
    Code(
        "must-be-on",
        "proxyenv is off here, and this would write what is switched off",
        ("`proxyenv off` was run, as away from the company's network",),
        "`proxyenv on`, then run the command again",
    ),
    Code(
        "interrupted-run",
        "the last run did not end, so it is not known what is switched off",
        ("the process was killed, or the machine went down",),
        "`proxyenv setup` finishes it; then `proxyenv off`",
    ),
    Code(
        "nothing-to-restore",
        "nothing is kept that `rollback` could restore",
        (
            "the last `setup` was the first one",
            "`rollback` has restored it already: one generation is kept",
            "the last `setup` or `refresh` changed nothing, or was run by an earlier version",
        ),
        "`proxyenv uninstall` leads to the state before the first `setup`",
    ),
    Code(
        "copy-damaged",
        "a copy of what the last run replaced is gone or was changed, so `rollback` cannot restore it",
        ("somebody deleted or edited files in the directory `previous` beside `receipt.json`",),
        "`proxyenv setup` with the earlier options, or `proxyenv uninstall`",
    ),
    Code(
        "foreign-receipt",
        "a file of the installation could have been written by somebody else",
        (
            "the file, or a directory above it, belongs to another user, or others may write it",
            "root runs proxyenv for the home of another user, and a file of the system is at stake",
            "a link in that home leads to an installation of root's own",
        ),
        "take the rights away from others (`chmod go-w`, `setfacl -b`), after looking at what is there; for "
        "a user's home, run it as that user",
    ),
    Code(
        "bundle-closed",
        "a tool may not enter the directory of the bundle",
        ("apt reads it as the user `_apt`, and the bundle is in a home that only its owner may enter",),
        "set up with `--prefix /etc/proxyenv`",
    ),
    Code(
        "no-corporate-ca",
        "no corporate CA is set up that could be added to a trust store",
        ("`setup` was run without a CA",),
        "`proxyenv setup --ca FILE`",
    ),
)
