"""Merges the command line, a fleet's policy and the saved configuration into one :class:`Intent`.

This is the only place that ranks them: given, policy, saved. What is found on the machine comes last.
"""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from proxyenv.errors import UsageError
from proxyenv.model.configuration import PASSWORD_SOURCES, SETUP_OPTIONS, Configuration
from proxyenv.model.intent import Intent, Rank
from proxyenv.no_proxy.entries import Grammar, find_grammar, split_entries

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.configuration import SetupOptions
    from proxyenv.model.intent import Request

_PROXIES = ("http_proxy", "https_proxy")
_WAYS = (*_PROXIES, "pac")
"""What names the proxy: who says one of them decides all."""
_NO_PROXY = ("no_proxy", "no_proxy_patterns")

_CONCERNS = {
    "fingerprints": ("ca",),
    "policy_digest": ("policy",),
    "pac_digest": ("pac",),
    **dict.fromkeys(PASSWORD_SOURCES, _PROXIES),
}
"""Options that qualify others: what was said of an older CA, policy or proxy is not true of a newer one."""

_Said = dict[str, Any]
"""What one place says: option → value; an option that is not there is left to the others."""


def merge_intent(
    request: Request,
    saved: Configuration | None = None,
    *,
    policy: Configuration | None = None,
    earlier: Configuration | None = None,
) -> Intent:
    """What is wanted.

    Args:
        request: the command line.
        saved: ``proxyenv.toml``, or ``None`` before the first ``setup``.
        policy: what a fleet's administrator has decided, or ``None``.
        earlier: the policy of the last run: what was saved because of it is not the user's own, and is
            dropped.

    Raises:
        UsageError: ``usage``: two options contradict each other.
    """
    given = _read_request(request)
    ordered = _read_configuration(policy)
    kept = _read_configuration(saved)
    if saved is not None:  # the lists of the first set-up stay, even where they are empty
        kept |= {name: getattr(saved, name) for name in _NO_PROXY}
    if saved is not None and request.refresh:
        kept |= {name: getattr(saved, name) for name in _WAYS}
    for name in _read_configuration(earlier):
        kept.pop(name, None)
        if name in _NO_PROXY or (name in _PROXIES and request.refresh):  # what is merely found is not adopted
            kept[name] = getattr(Configuration, name)
    layers = ((Rank.GIVEN, given), (Rank.POLICY, ordered), (Rank.SAVED, kept))
    values: _Said = {}
    ranks: dict[str, Rank] = {}
    for name, option in SETUP_OPTIONS.items():
        for rank, said in _layers_for(name, layers):
            if name in said:
                values[name], ranks[name] = said[name], rank
                break
        else:
            if option.default is not None:
                values[name] = option.default
    intent = Intent(
        **values,
        ranks=MappingProxyType(ranks),
        ca_password=request.ca_password,
        proxy_password=request.proxy_password,
        confirmed=request.confirmed,
        confirmed_from=request.confirmed_from,
        refresh=request.refresh,
        declined_pac=request.declined_pac,
    )
    _require_agreement(intent)
    return intent


def read_given(request: Request) -> Intent:
    """What the command line says by itself.

    Raises:
        UsageError: ``usage``: a version of Python is none.
    """
    said = _read_request(request)
    return Intent(**said, ranks=MappingProxyType(dict.fromkeys(said, Rank.GIVEN)))


def _layers_for(name: str, layers: tuple[tuple[Rank, _Said], ...]) -> Iterable[tuple[Rank, _Said]]:
    """Those that may decide an option: a CA that is new is not held to the fingerprints of the old one."""
    concerns = _CONCERNS.get(name)
    if concerns is None:
        return layers
    known = [number for number, (_, said) in enumerate(layers) if any(each in said for each in concerns)]
    return layers[: known[0] + 1] if known else layers


def _read_request(request: Request) -> _Said:
    said = _read(request)
    said |= {name: request.proxy for name in _PROXIES if name not in said and request.proxy is not None}
    said |= _read_ways(said)
    if any(name in said for name in PASSWORD_SOURCES):
        said |= {name: getattr(request, name) for name in PASSWORD_SOURCES}
    if not request.api_url:  # `--api-url "$URL"` with an empty variable: as if it was not there
        said.pop("api_url", None)
    if request.no_proxy is not None:
        text = ",".join(request.no_proxy)
        in_patterns = find_grammar(text) is Grammar.PATTERNS
        entries = split_entries(text)
        said |= dict(zip(_NO_PROXY, ((), entries) if in_patterns else (entries, ()), strict=True))
    if request.shells:
        said["rc"] = True
    if request.confirmed:
        said["ca"] = request.ca
    if request.policy == "none":
        said["policy"] = None
    if request.configure == ("none",):
        said["configure"] = ()
    if request.services == ("none",):
        said["services"] = ()
    return said


def _read_ways(said: _Said) -> _Said:
    """What follows from what names the proxy: a proxy takes a PAC file back, and the reverse."""
    if any(name in said for name in _PROXIES):
        return {"pac": said.get("pac")}
    return dict.fromkeys(_PROXIES) if "pac" in said else {}


def parse_versions(texts: tuple[str, ...]) -> tuple[str, ...]:
    """What ``--target-python`` names, each as its first two numbers; nothing for ``none``.

    Raises:
        UsageError: ``usage``: one is no version of Python 3.
    """
    if texts == ("none",):
        return ()
    option = SETUP_OPTIONS["target_pythons"]
    for text in texts:
        if not re.fullmatch(option.form, text):
            hint = f"a version such as `{option.example}`, or `none`"
            raise UsageError("usage", f"`{option.flag}` is `{text}`", hint=hint)
    return tuple(dict.fromkeys(".".join(text.split(".")[:2]) for text in texts))


def _read_configuration(configuration: Configuration | None) -> _Said:
    if configuration is None:
        return {}
    said = _read(configuration)
    for together in (_WAYS, _NO_PROXY, PASSWORD_SOURCES):
        if any(name in said for name in together):
            said |= {name: getattr(configuration, name) for name in together}
    return said


def _read(options: SetupOptions) -> _Said:
    values = {name: getattr(options, name) for name in SETUP_OPTIONS}
    said = {name: value for name, value in values.items() if value is not None and value != ()}
    if options.target_pythons:
        said["target_pythons"] = parse_versions(options.target_pythons)
    return said


def _require_agreement(intent: Intent) -> None:
    """Refuse options of one command line that cannot both be meant."""
    if intent.activation == "plugin" and intent.rank("activation") is Rank.GIVEN:
        for name in ("shells", "rc"):
            if getattr(intent, name) and intent.rank(name) is Rank.GIVEN:
                raise UsageError(
                    "usage",
                    f"`--activate plugin` edits no rc file, and {intent.where(name)} wants one",
                    hint="use `--activate both`",
                )
    if intent.replace_ca and Rank.GIVEN not in {intent.rank("ca"), intent.rank("fingerprints")}:
        raise UsageError(
            "usage",
            "`--replace-ca` says that other CAs go, and nothing says which one comes",
            hint="`proxyenv setup --replace-ca --ca FILE`; alone it needs a proxy that intercepts, and a "
            "store of the system that holds its CA",
        )
    if intent.rank("venvs") is Rank.GIVEN and not intent.uses_truststore:
        raise UsageError(
            "usage", "`--venv` says where Python goes through truststore", hint="add `--trust truststore`"
        )
