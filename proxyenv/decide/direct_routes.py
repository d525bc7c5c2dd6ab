"""What is reached directly."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from proxyenv.decide.proxies import take_sources
from proxyenv.errors import PlanError, UsageError
from proxyenv.model.intent import Rank
from proxyenv.model.no_proxy import (
    Address,
    ExactHost,
    NoProxy,
    NoProxyEntry,
    describe_mistakes,
    is_ending,
    join,
)
from proxyenv.no_proxy.compiler import LONGEST, add_known_hosts, compile_no_proxy, may_differ
from proxyenv.no_proxy.derivation import LOOPBACK, derive, is_internal
from proxyenv.no_proxy.entries import Grammar, find_grammar, parse_entries, parse_no_proxy
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from proxyenv.model.configuration import SetupOptions
    from proxyenv.model.findings import Findings, SourceSettings
    from proxyenv.model.intent import Intent
    from proxyenv.model.no_proxy import Rule


class DirectRoutes(NamedTuple):
    """NO_PROXY.

    Args:
        lists: what was asked for, or found in variables, in the grammar of ``NO_PROXY``.
        patterns: the same for what was written in patterns, as Windows writes them.
        derived: what was found automatically, in patterns.
        written: what is written for the clients.
        own: what is written for single clients whose own variables can say more.
        java: the patterns for Java.
        notes: what was changed, added or cannot be said, and why.
    """

    lists: tuple[str, ...]
    patterns: tuple[str, ...]
    derived: tuple[str, ...]
    written: tuple[str, ...]
    own: tuple[tuple[str, str], ...]
    java: tuple[str, ...]
    notes: tuple[str, ...]


def choose_routes(  # noqa: PLR0913 - what is known, and how much is wanted
    findings: Findings,
    intent: Intent,
    *,
    api_url: str | None,
    urls: tuple[str, ...],
    always: tuple[Rule, ...] = (),
    explained: bool = True,
) -> DirectRoutes:
    """What is asked for, what is found automatically unless that is turned off, and what is *always* direct.

    Args:
        findings: as they were read.
        intent: what is wanted.
        api_url: of the Prefect API, or ``None``.
        urls: that are to prove the proxy.
        always: direct whatever is asked for.
        explained: whether the notes are wanted, which take longer than all the rest.

    Raises:
        PlanError: ``no-proxy-too-long``.
        UsageError: ``no-proxy-invalid``, for an entry of ``--no-proxy``.
    """
    lists, patterns = _read_wanted(findings, intent)
    asked = join(lists, patterns)
    api = _find_api_rule(api_url, findings.api_addresses, urls) if intent.derive else None
    derived = derive(findings.surroundings, api=api) if intent.derive else NoProxy()
    derived = join(derived, _read_pac(intent.pac_direct))
    wanted = join(derived, asked, NoProxy(tuple(NoProxyEntry(rule, str(rule), "") for rule in always)))
    direct = add_known_hosts(wanted, _find_known_hosts(findings, api_url))
    additional = direct.entries[len(wanted.entries) :]
    compiled = compile_no_proxy(direct)
    if len(compiled.value) > LONGEST:
        raise PlanError(
            "no-proxy-too-long",
            f"NO_PROXY would have {len(compiled.value)} characters; no program starts with twice {LONGEST}",
            hint="name domains and networks instead of single hosts",
        )
    return DirectRoutes(
        tuple(map(str, lists.rules)),
        tuple(map(str, patterns.rules)),
        tuple(str(entry.rule) for entry in (*derived.entries, *additional)),
        compiled.entries,
        compiled.own,
        compiled.java,
        (*_notes(asked, derived, api), *describe_mistakes(asked.mistakes)) if explained else (),
    )


def _read_pac(hosts: tuple[str, ...]) -> NoProxy:
    """What a PAC file sends direct: the hosts that it was asked about, and no more."""
    rules = (
        rule for host in hosts for rule in parse_entries((host,), source="", grammar=Grammar.PATTERNS).rules
    )
    kept = (rule for rule in rules if isinstance(rule, ExactHost | Address))
    return NoProxy(tuple(NoProxyEntry(rule, str(rule), "the PAC file says so") for rule in kept))


def read_direct(options: SetupOptions, *, source: str) -> NoProxy:
    """Everything that goes direct, as saved options say it: for code that declares its proxy.

    Args:
        options: the saved configuration, or an intent that is made of it.
        source: what holds them, for messages.
    """
    derived = parse_entries(options.derived, source=source, grammar=Grammar.PATTERNS)
    lists, patterns = _read_entries(options, source)
    return join(derived, lists, patterns)


def _read_entries(options: SetupOptions, source: str) -> tuple[NoProxy, NoProxy]:
    return (
        parse_entries(options.no_proxy or (), source=source),
        parse_entries(options.no_proxy_patterns or (), source=source, grammar=Grammar.PATTERNS),
    )


def read_asked(intent: Intent) -> tuple[NoProxy, NoProxy]:
    """What somebody decided: what was written in lists, and what was written in patterns.

    Raises:
        UsageError: ``no-proxy-invalid``: an entry that was given for this run cannot be read.
    """
    lists, patterns = _read_entries(intent, intent.where("no_proxy"))
    if intent.is_ordered("no_proxy"):
        _refuse_unreadable(join(lists, patterns))
    return lists, patterns


def _read_wanted(findings: Findings, intent: Intent) -> tuple[NoProxy, NoProxy]:
    """What was written in lists, and what was written in patterns."""
    if intent.rank("no_proxy") is not Rank.OPEN:
        return read_asked(intent)
    return read_found(take_sources(intent, findings.sources))


def read_found(sources: Iterable[SourceSettings]) -> tuple[NoProxy, NoProxy]:
    """What the strongest source that has lists says: in lists, and in patterns."""
    read = {grammar: NoProxy() for grammar in Grammar}
    strongest = next((source for source in sources if source.no_proxy), None)
    for grammar, parsed in read_lists(strongest) if strongest else ():
        read[grammar] = join(read[grammar], parsed)
    return read[Grammar.LIST], read[Grammar.PATTERNS]


def read_lists(source: SourceSettings) -> Iterator[tuple[Grammar, NoProxy]]:
    """The lists of a source, each with the grammar that it is written in."""
    for found in source.no_proxy:
        grammar = Grammar.PATTERNS if source.patterns else find_grammar(found.value)
        yield grammar, parse_no_proxy(found.value, source=found.provenance, grammar=grammar)


def _refuse_unreadable(given: NoProxy) -> None:
    for mistake in given.mistakes:
        if mistake.rule is None:
            raise UsageError(
                "no-proxy-invalid",
                f"the entry {mistake.shown} of {mistake.source} {mistake.reason}",
                hint="entries look like `host.corp.example`, `.corp.example`, `10.1.2.3` or `10.0.0.0/8`",
            )


def _find_api_rule(api_url: str | None, addresses: tuple[str, ...], urls: tuple[str, ...]) -> Rule | None:
    """The API's host when internal, limited to its port when a URL that is to prove the proxy has it too."""
    parts = urlsplit(api_url or "")
    host = parts.hostname
    if not host or not is_internal(host, addresses):
        return None
    shared = any(urlsplit(url).hostname == host for url in urls)
    port = f":{parts.port}" if shared and parts.port and ":" not in host else ""
    rules = parse_entries((f"{host}{port}",), source="", grammar=Grammar.PATTERNS).rules
    return next((rule for rule in rules if isinstance(rule, ExactHost | Address)), None)


def _find_known_hosts(
    findings: Findings, api_url: str | None
) -> dict[str, list[ipaddress.IPv4Address | ipaddress.IPv6Address]]:
    """Names whose addresses are known here: the API's, and those of the hosts file."""
    known: dict[str, list[ipaddress.IPv4Address | ipaddress.IPv6Address]] = {}
    api_host = urlsplit(api_url or "").hostname
    pairs = [(api_host, address) for address in findings.api_addresses if api_host]
    for name, address in (*pairs, *findings.surroundings.known_hosts):
        rules = parse_entries((name or "",), source="", grammar=Grammar.PATTERNS).rules
        if rules and name == str(rules[0]):
            known.setdefault(name, []).append(ipaddress.ip_address(address.partition("%")[0]))
    return known


def _notes(asked: NoProxy, derived: NoProxy, api: Rule | None) -> Iterator[str]:
    """What was found automatically and why, and which entries some client cannot express."""
    reasons: dict[str, list[str]] = {}
    for entry in derived.entries:
        reasons.setdefault(entry.reason, []).append(f"`{entry.rule}`")
    if reasons:
        parts = (f"{', '.join(rules)} ({reason})" for reason, rules in reasons.items())
        yield f"direct, found automatically: {'; '.join(parts)}"
    cared_for = (*asked.entries, *(entry for entry in derived.entries if entry.rule == api))
    plain = (e for e in cared_for if e.rule not in LOOPBACK and not is_ending(e.rule))
    doubtful = tuple(e for e in plain if may_differ(e.rule))
    if doubtful:
        from proxyenv.no_proxy.dialects.table import DIALECTS
        from proxyenv.no_proxy.gaps import find_gaps, render_excesses, render_losses

        gaps = find_gaps(NoProxy(doubtful), DIALECTS)
        yield from render_losses(gaps)
        yield from render_excesses(gap for gap in gaps if gap.entry in asked.entries)
