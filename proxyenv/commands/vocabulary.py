"""The words of proxyenv's own texts: what ``--anonymize`` leaves as it is."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

from proxyenv.decide.anonymity import KnownWords

if TYPE_CHECKING:
    from collections.abc import Iterator

    from proxyenv.model.host import Host


def find_known(host: Host) -> KnownWords:
    """What is known of a machine, and proxyenv's own words, before a report is read."""
    named = (host.environment.get(name, "") for name in ("USER", "LOGNAME", "USERNAME", "SUDO_USER"))
    users = tuple(dict.fromkeys(name for name in (host.home.name, *named) if name and name != "root"))
    hosts = tuple(filter(None, (host.environment.get(name, "") for name in ("HOSTNAME", "COMPUTERNAME"))))
    return KnownWords(find_vocabulary(), users, hosts)


@cache
def find_vocabulary() -> frozenset[str]:
    """The words of proxyenv's own texts, in lower case: whoever reads a report needs them."""
    words: set[str] = set()
    for text in _find_texts():
        for word in re.findall(r"\w[\w.-]*", text.lower()):
            words |= {word.rstrip(".-"), *re.findall(r"[^\W\d_]+", word)}
    return frozenset(words)


def _find_texts() -> Iterator[str]:
    from proxyenv.catalog.clients.table import CLIENTS
    from proxyenv.catalog.shells import load_shells
    from proxyenv.catalog.tools import load_tools
    from proxyenv.checks.ladder import CHECKS
    from proxyenv.codes import FAMILIES, read_family
    from proxyenv.commands import VERBS
    from proxyenv.model.configuration import SETUP_OPTIONS

    yield _MORE
    for code in (each for family in FAMILIES for each in read_family(family).values()):
        yield from (code.name, code.meaning, *code.reasons, code.next_step)
    for check, meaning in CHECKS.items():
        yield from (check, meaning)
    for verb, (_, summary) in VERBS.items():
        yield from (verb, summary)
    for option in SETUP_OPTIONS.values():
        yield from (*option.flags, option.help)
    for tool in load_tools():
        yield from (tool.name, *tool.programs, *tool.keys.proxy, *tool.keys.roots)
        yield from (name for name, _ in tool.keys.unverified)
    yield from (client.name for client in CLIENTS)
    yield from (shell.name for shell in load_shells())


_MORE: Final = (
    "Completed Crashed Failed Pending Running Scheduled Upgrade websocket CONNECT GET HEAD TLS TLSv1 "
    "ca-bundle corporate-ca certs previous profiles receipt proxyenv env squid Server Via Proxy-Status "
    "git ls-remote import certifi alone wrong host name bashrc profile zshrc bash_profile zprofile docker"
)
"""Words in backticks in details that none of the texts above has."""
