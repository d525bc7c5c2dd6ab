"""The command line, as ``argparse`` understands it."""

from __future__ import annotations

import argparse
from typing import Final, NoReturn

from proxyenv import __version__
from proxyenv.cli.env import DIALECTS, FORMATS
from proxyenv.cli.options import add_options
from proxyenv.cli.trust_arguments import add_trust
from proxyenv.errors import UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.option import Option
from proxyenv.no_proxy.urls import mask_userinfo

_EPILOG = "exit status: 0 done or yes, 1 no, 2 usage, 3 it could not be done, 130 interrupted"

NO_CHECK: Final = Option(("--no-check",), "do not check the result", takes="yes")

CONSENT: Final = {
    "dry_run": Option(("--dry-run",), "show what would change, and stop", takes="yes"),
    "yes": Option(("-y", "--yes"), "ask nothing", takes="yes"),
}
"""For verbs that change something."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError("usage", mask_userinfo(message), hint=f"`{self.prog} --help` lists what there is")


def build_parser() -> argparse.ArgumentParser:
    """Every verb and option. Global options may stand before or after the verb."""
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_common(common)
    parser = _Parser(
        prog="proxyenv",
        parents=[common],
        description="Prefect and every other client behind an intercepting proxy.",
        epilog=_EPILOG,
    )
    parser.add_argument("--version", action="version", version=f"proxyenv {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=_Parser)
    for name, summary, adders in _VERBS:
        verb = verbs.add_parser(
            name, help=summary, description=summary.capitalize() + ".", parents=[common], epilog=_EPILOG
        )
        for add in adders:
            add(verb)
    add_trust(verbs.choices["trust"], common, epilog=_EPILOG)
    return parser


def _add_common(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("everywhere")
    group.add_argument("--output", choices=("text", "json"), help="what to print on standard output")
    group.add_argument("--color", choices=("auto", "always", "never"), help="whether to use colours")
    group.add_argument("-v", "--verbose", action="store_true", help="say more")
    group.add_argument("-q", "--quiet", action="store_true", help="say only what was asked for")
    group.add_argument("--prefix", metavar="DIR", help="keep all files of the installation under DIR")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    later = ("configure", "urls")
    add_options(parser, {name: option for name, option in SETUP_OPTIONS.items() if name not in later})


def _add_configure(parser: argparse.ArgumentParser) -> None:
    add_options(parser, {"configure": SETUP_OPTIONS["configure"]})


def _add_urls(parser: argparse.ArgumentParser) -> None:
    add_options(parser, {"urls": SETUP_OPTIONS["urls"]})


def _add_setup(parser: argparse.ArgumentParser) -> None:
    add_options(parser, {"no_check": NO_CHECK})


def _add_consent(parser: argparse.ArgumentParser) -> None:
    add_options(parser, CONSENT)


def _add_env(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--shell", metavar="NAME", default="sh", help=f"for a shell (default: sh): {', '.join(DIALECTS)}"
    )
    parser.add_argument("--format", choices=FORMATS, help="for a program that is no shell")


def _add_run(parser: argparse.ArgumentParser) -> None:
    parser.usage = "%(prog)s [--prefix DIR] -- COMMAND [ARGUMENT ...]"


def _add_client(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--client", metavar="NAME", help="print only what one client needs, such as `curl`")


def _add_clients(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--installed", action="store_true", help="only those that this machine has")


def _add_routes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("hosts", nargs="*", metavar="HOST|URL", help="what to ask about")
    parser.add_argument("--env-file", metavar="FILE", help="judge the variables that FILE sets")
    parser.add_argument("--no-proxy", metavar="LIST", help="judge this list instead of the one that is set")
    parser.add_argument("--explain", action="store_true", help="say what decided")


def _add_demo(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--tools", metavar="DIR", help="keep mitmproxy's environment there, for the next time"
    )
    parser.add_argument("--keep", action="store_true", help="do not remove the throw-away home")


_VERBS = (
    (
        "setup",
        "find the settings, show the plan, write it and prove it",
        (_add_settings, _add_configure, _add_urls, _add_setup, _add_consent),
    ),
    ("discover", "show what was found, and where", (_add_settings,)),
    ("diff", "show what setup would change", (_add_settings, _add_configure, _add_urls)),
    ("status", "compare the machine with what was written", ()),
    ("refresh", "set up again from the saved configuration", (_add_urls, _add_setup, _add_consent)),
    ("uninstall", "put everything back, byte for byte", (_add_consent,)),
    ("env", "print the exports", (_add_env, _add_client)),
    ("run", "run one command in the environment", (_add_run,)),
    ("clients", "show what each client reads, and whether it is covered", (_add_clients,)),
    ("check", "prove with real connections that it works", (_add_urls,)),
    ("routes", "show which client goes direct, and which to the proxy", (_add_routes,)),
    ("trust", "look at CAs: in files, on the wire, in trust stores", ()),
    ("demo", "show all of it on this machine alone, in a throw-away home", (_add_demo,)),
)
