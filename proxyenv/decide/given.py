"""What the command line alone shows to be wrong, before anything is read, fetched or asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from proxyenv.decide.intent import read_given
from proxyenv.errors import UsageError
from proxyenv.model.configuration import SETUP_OPTIONS
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.url import is_web_url, quote_location

if TYPE_CHECKING:
    from proxyenv.model.intent import Intent, Request

_PROXIES = ("http_proxy", "https_proxy", "proxy_there")


def judge_given(request: Request) -> None:
    """Refuse options whose values cannot be meant, whatever the machine is.

    Raises:
        UsageError: a value is malformed or not known, names what must not be fetched, or contradicts another.
        TrustError: ``fingerprint-mismatch``: a fingerprint is none.
    """
    given = read_given(request)
    _require_one_way(given)
    for name in _PROXIES:
        text = getattr(given, name)
        if text is not None:
            parse_proxy_url(text, source=given.where(name))
    _judge_pins(given)
    if given.ca:
        from proxyenv.decide.trust import find_urls

        find_urls(given)
    _judge_names(given)
    _judge_addresses(given)


def _require_one_way(given: Intent) -> None:
    """Refuse several options that each say by themselves which proxy there is."""
    names = ("wpad", "pac", "proxy", "http_proxy", "https_proxy")
    first, *others = (name for name in (*names, "") if not name or getattr(given, name) is not None)
    if first not in {"wpad", "pac"} or not others[0]:
        return
    flags = tuple(SETUP_OPTIONS[name].flag for name in (first, others[0]))
    values = (getattr(given, name) for name in (first, others[0]))
    words = ("" if value is True else f" {quote_location(value)}" for value in values)
    commands = (f"`proxyenv setup {flag}{word}`" for flag, word in zip(flags, words, strict=True))
    raise UsageError(
        "usage",
        f"`{flags[0]}` and `{flags[1]}` exclude each other: each says which proxy there is",
        hint=f"one of the two: {' or '.join(commands)}",
    )


def _judge_pins(given: Intent) -> None:
    """What says where a policy or a PAC file is, and what it and the CAs must be."""
    if given.policy or given.policy_digest or given.pac_digest:
        from proxyenv.decide.policy import parse_digest, require_url

        if given.policy_digest:
            parse_digest(given.policy_digest)
        if given.policy and is_web_url(given.policy):
            require_url(given.policy, pinned=bool(given.policy_digest))
        if given.pac_digest:
            parse_digest(given.pac_digest, where=given.where("pac_digest"))
    if given.pac:
        from proxyenv.decide.pac import require_pac_url

        require_pac_url(given.pac)
    if given.fingerprints:
        from proxyenv.certificates.bundle import normalise_fingerprint

        for text in given.fingerprints:
            normalise_fingerprint(text)


def _judge_names(given: Intent) -> None:
    if given.configure:
        from proxyenv.decide.tools import choose_tools

        choose_tools(given)
    if given.shells:
        from proxyenv.decide.variables import choose_shells

        choose_shells(given)
    if given.services:
        from proxyenv.decide.for_all import choose_services

        choose_services(given)
    if given.profile is not None or given.api_url is not None:
        from proxyenv.decide.prefect import judge_api

        judge_api(given)


def _judge_addresses(given: Intent) -> None:
    if given.urls:
        from proxyenv.decide import require_urls

        require_urls(given)
    if given.no_proxy or given.no_proxy_patterns:
        from proxyenv.decide.direct_routes import read_asked

        read_asked(given)
