"""The command line of ``proxyenv trust``: one parser for each of its commands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.cli.options import add_options
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.store_kind import STORE_KINDS

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

_CA_OPTIONS = ("fingerprints", "ca_password_env", "ca_password_file")


def add_trust(parser: argparse.ArgumentParser, common: argparse.ArgumentParser, *, epilog: str) -> None:
    """Add the commands to the parser of the verb.

    Args:
        parser: of ``trust``.
        common: holds the global options; they may stand after the command too.
        epilog: what every ``--help`` ends with.
    """
    commands = parser.add_subparsers(
        dest="command", metavar="COMMAND", required=True, parser_class=type(parser)
    )
    for name, summary, add in _COMMANDS:
        command = commands.add_parser(
            name, help=summary, description=summary.capitalize() + ".", parents=[common], epilog=epilog
        )
        add(command)


def _add_inspect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "source",
        metavar="FILE",
        nargs="+",
        help="a file, a directory, a URL, `-` for standard input or `system`",
    )
    parser.add_argument("--proxy", metavar="URL", help="the proxy that a URL is fetched through")
    add_options(parser, {name: SETUP_OPTIONS[name] for name in _CA_OPTIONS})


def _add_fetch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("target", metavar="HOST[:PORT]", help="whose certificates to look at")
    parser.add_argument("--proxy", metavar="URL", help="the proxy to go through")
    parser.add_argument("--follow-aia", action="store_true", help="fetch the issuers that were not sent")
    add_options(parser, {"fingerprints": SETUP_OPTIONS["fingerprints"]})


def _add_stores(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--store",
        choices=STORE_KINDS,
        action="append",
        default=[],
        help="which trust stores (repeatable; default: all that are found)",
    )


def _add_store_changes(parser: argparse.ArgumentParser) -> None:
    _add_stores(parser)
    parser.add_argument("--dry-run", action="store_true", help="show the exact commands, and stop")
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")


_COMMANDS: tuple[tuple[str, str, Callable[[argparse.ArgumentParser], None]], ...] = (
    ("inspect", "lint CAs and forecast which runtimes will accept them", _add_inspect),
    (
        "install",
        "put the corporate CAs into the trust stores of the system, NSS and Java",
        _add_store_changes,
    ),
    ("remove", "take them out again, and put back what was there", _add_store_changes),
    ("status", "ask the stores' own tools whether they trust the corporate CAs", _add_stores),
    ("fetch", "show the certificates that a connection through the proxy gets", _add_fetch),
)
