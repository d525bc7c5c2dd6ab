"""The verbs: each in one module, which is imported when its verb is asked for.

To add a verb, write a module that defines ``COMMANDS`` and list it here. Nothing heavy is imported here:
`proxyenv --version` and `proxyenv env` pay for this module too.
"""

from __future__ import annotations

TYPE_CHECKING = False  # what type checkers take for true; importing `typing` takes a third of a start

if TYPE_CHECKING:
    from collections.abc import Mapping

    from proxyenv.commands.command import Command

VERBS: Mapping[str, tuple[str, str]] = {
    "setup": ("setup", "find the settings, show the changes, apply them and check"),
    "discover": ("discover", "show what was found, and where"),
    "diff": ("diff", "show what setup would change"),
    "status": ("status", "compare the machine with what was written"),
    "refresh": ("refresh", "set up again from the saved configuration"),
    "rollback": ("rollback", "restore what the last setup or refresh replaced"),
    "off": ("standing", "stand aside for new shells and Prefect, without uninstalling"),
    "on": ("standing", "come back after `off`, with exactly what was there"),
    "uninstall": ("uninstall", "put everything back, byte for byte"),
    "env": ("env", "print the exports"),
    "run": ("run", "run one command in the environment"),
    "clients": ("clients", "show what each client reads, and whether it is covered"),
    "check": ("check", "prove with real connections that it works"),
    "routes": ("routes", "show which client goes direct, and which to the proxy"),
    "trust": ("", "inspect CAs in files and on the wire, and manage trust stores"),
    "trust inspect": ("trust_inspect", "lint CAs and forecast which runtimes will accept them"),
    "trust fetch": ("trust_fetch", "show the certificates that a connection through the proxy gets"),
    "trust install": (
        "trust_stores",
        "put the corporate CAs into the trust stores of the system, NSS and Java",
    ),
    "trust remove": (
        "trust_stores",
        "take the corporate CAs out again, and restore what was there",
    ),
    "trust status": ("trust_stores", "ask each trust store's own tool whether it trusts the corporate CAs"),
    "image": ("", "what a container image needs, and what leaks from one"),
    "image write": ("image_write", "write a folder for the build of an image"),
    "image scan": ("image_scan", "find what leaks from an image, and what will break in it"),
    "kubernetes": ("kubernetes", "print what a cluster and its pods need, as YAML"),
    "pool": ("", "show what jobs of a Prefect work pool will get, and set it up"),
    "pool show": ("pool_show", "show what jobs of work pools will get, and what is wrong with it"),
    "pool patch": ("pool_patch", "write proxy and CA into the templates of work pools"),
    "pool restore": ("pool_patch", "give the templates of work pools back"),
    "pool watch": ("pool_watch", "check work pools again and again, by Prefect's own scheduler"),
    "pac": ("pac", "show what a PAC file answers, and whether one proxy says the same"),
    "explain": ("explain", "say what a code means, what usually leads to it, and what to do"),
    "help": ("usage", "explain a verb and its options"),
    "version": ("usage", "print the version"),
    "completion": ("completion", "print what a shell needs to complete verbs and options"),
    "demo": ("demo", "show all of this on this machine alone, in a throw-away home"),
}
"""Verb → the module of this package that answers it, and what it does. Without a module: a group of verbs."""


def load_command(verb: str) -> Command:
    """Import the module of a verb, and nothing of the others.

    Args:
        verb: a key of :data:`VERBS` that has a module.
    """
    from importlib import import_module

    commands: Mapping[str, Command] = import_module(f"{__name__}.{VERBS[verb][0]}").COMMANDS
    return commands[verb]


def list_group(verb: str) -> dict[str, str]:
    """The verbs of a group and what they do; with an empty *verb*, the first words of all verbs."""
    start = f"{verb} " if verb else ""
    return {
        name.removeprefix(start): summary
        for name, (_, summary) in VERBS.items()
        if name.startswith(start) and " " not in name.removeprefix(start)
    }
