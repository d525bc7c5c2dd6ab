"""The command line, as ``argparse`` understands it."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from proxyenv import __version__
from proxyenv.catalog.shells.rc import SHELLS
from proxyenv.cli.env import DIALECTS, FORMATS
from proxyenv.cli.trust_arguments import add_passwords, add_trust
from proxyenv.errors import UsageError
from proxyenv.model.configuration import ACTIVATIONS, BASES, TRUSTS
from proxyenv.model.request import Request
from proxyenv.model.tool_config import ALL_INSTALLED, TOOLS
from proxyenv.no_proxy.urls import mask_userinfo

_EPILOG = "exit status: 0 done or yes, 1 no, 2 usage, 3 it could not be done, 130 interrupted"


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
    proxy = parser.add_argument_group("proxy")
    proxy.add_argument("--proxy", metavar="URL", help="the proxy, such as `proxy.corp.example:3128`")
    proxy.add_argument("--http-proxy", metavar="URL", help="another one for `http://`")
    proxy.add_argument("--https-proxy", metavar="URL", help="another one for `https://`")
    proxy.add_argument("--no-proxy", metavar="LIST", help="hosts to reach directly, besides those worked out")
    proxy.add_argument(
        "--derive", action=argparse.BooleanOptionalAction, help="whether to work out what must be direct"
    )
    trust = parser.add_argument_group("trust")
    trust.add_argument(
        "--ca",
        metavar="FILE|DIR|URL",
        action="append",
        default=[],
        help="a corporate CA; `-` is standard input, `system` the system's store (repeatable)",
    )
    trust.add_argument(
        "--ca-fingerprint",
        metavar="SHA256",
        action="append",
        default=[],
        help="accept only CAs with this fingerprint (repeatable)",
    )
    add_passwords(trust)
    trust.add_argument(
        "--base", choices=BASES, help="whose public roots the bundle starts from (default: certifi)"
    )
    trust.add_argument(
        "--trust", choices=TRUSTS, help="where Python finds the CA: our bundle, or the system's store"
    )
    trust.add_argument(
        "--venv",
        metavar="DIR",
        action="append",
        default=[],
        help="use truststore in this virtual environment (repeatable; default: the one that runs this)",
    )
    prefect = parser.add_argument_group("Prefect")
    prefect.add_argument("--api-url", metavar="URL", help="the Prefect API")
    prefect.add_argument("--profile", metavar="NAME", help="the profile to write")
    prefect.add_argument(
        "--activate",
        nargs="?",
        const=True,
        choices=ACTIVATIONS,
        help="how processes get the environment: from a shell, Prefect's plugin, or both; "
        "without a value: make the profile the active one",
    )
    prefect.add_argument("--no-activate", action="store_true", help="leave the active profile as it is")
    shell = parser.add_argument_group("shells")
    shell.add_argument(
        "--shell",
        metavar="NAME",
        action="append",
        default=[],
        help=f"edit its rc file: {', '.join(SHELLS)} (repeatable)",
    )
    shell.add_argument("--rc", action=argparse.BooleanOptionalAction, help="whether to edit rc files")


def _add_configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--configure",
        metavar="NAME",
        action="append",
        default=[],
        help=f"tell a tool in its own file: {', '.join(TOOLS)}, {ALL_INSTALLED}, none (repeatable)",
    )


def _add_urls(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--url", metavar="URL", action="append", default=[], help="what the check fetches (repeatable)"
    )


def _add_setup(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-check", action="store_true", help="do not prove the result")


def _add_consent(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="show what would change, and stop")
    parser.add_argument("-y", "--yes", action="store_true", help="ask nothing")


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


def read_request(options: argparse.Namespace) -> Request:
    """The request that the options of ``setup``, ``diff``, ``discover`` and ``refresh`` make."""
    given = vars(options)
    return Request(
        proxy=given.get("proxy"),
        http_proxy=given.get("http_proxy"),
        https_proxy=given.get("https_proxy"),
        no_proxy=given.get("no_proxy"),
        derive=given.get("derive"),
        ca=tuple(given.get("ca", ())),
        ca_password_env=given.get("ca_password_env"),
        ca_password_file=given.get("ca_password_file"),
        fingerprints=tuple(given.get("ca_fingerprint", ())),
        base=given.get("base"),
        trust=given.get("trust"),
        venvs=tuple(given.get("venv", ())),
        profile=given.get("profile"),
        activate=_read_activate(given),
        activation=None if given.get("activate") is True else given.get("activate"),
        api_url=given.get("api_url"),
        shells=tuple(given.get("shell", ())),
        rc=given.get("rc"),
        configure=tuple(given.get("configure", ())),
        urls=tuple(given.get("url", ())),
        saved=options.verb == "refresh",
    )


def _read_activate(given: dict[str, Any]) -> bool | None:
    """Whether the profile shall be the active one: yes, no, or as before."""
    bare = given.get("activate") is True
    if bare and given.get("no_activate"):
        raise UsageError("usage", "`--activate` and `--no-activate` exclude each other")
    return False if given.get("no_activate") else True if bare else None
