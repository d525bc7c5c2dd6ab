"""Whether one proxy and NO_PROXY say the same as a PAC file, for the hosts that it was asked about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxyenv.errors import UsageError
from proxyenv.model.pac import CHANCE, CLOCK, DNS, OWN_ADDRESS, UNLISTED
from proxyenv.model.url import holds_credentials, is_web_url, quote_location, require_fetchable, show_location
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable

    from proxyenv.model.pac import PacAnswer, PacEntry
    from proxyenv.model.proxy_url import ProxyURL

_ALLOWS_CHANGE: Final = {
    CLOCK: "it looks at the clock, so its answers change by themselves",
    CHANCE: "it uses random numbers, so its answers change by themselves",
}
_OF_NETWORK: Final = {DNS: "what DNS says", OWN_ADDRESS: "this machine's own address"}


def require_pac_url(location: str) -> None:
    """Refuse a URL that would be saved and shown with a password, or names no host.

    Raises:
        UsageError: ``usage`` or ``url-invalid``.
    """
    if not is_web_url(location):
        return
    name = f"the PAC file `{show_location(location)}`"
    require_fetchable(location, source=name, example="http://pac.corp.example/proxy.pac")
    if holds_credentials(location):
        hint = "publish it without one"
        raise UsageError("usage", f"`{show_location(location)}` holds a password", hint=hint)


class Flattened(NamedTuple):
    """One proxy and a list, or why they cannot say the same.

    Args:
        proxy: for all hosts but those that go direct; ``None`` where that is not so.
        direct: the hosts that go direct.
        refusal: why there is no such proxy, as a clause; ``None`` where there is.
        host: the host that shows it; ``None`` where it is none in particular.
        depends: what the answers depend on and may be otherwise on another network, in words.
        spare: the proxies that browsers try where the first does not answer.
    """

    proxy: ProxyURL | None = None
    direct: tuple[str, ...] = ()
    refusal: str | None = None
    host: str | None = None
    depends: tuple[str, ...] = ()
    spare: tuple[str, ...] = ()


def flatten(answers: Iterable[PacAnswer], possible: Iterable[str]) -> Flattened:
    """One proxy for all that was asked, if there is one.

    Args:
        answers: with one for :data:`~proxyenv.model.pac.UNLISTED`.
        possible: the questions that the file can ask, whether or not it did.
    """
    known, can_ask = tuple(answers), tuple(possible)
    failed = next((each for each in known if each.error is not None), None)
    if failed is not None:
        return _refuse(f"for `{failed.host}` it fails: {failed.error}; browsers then go direct", failed.host)
    for kind, reason in _ALLOWS_CHANGE.items():
        asker = next((each for each in known if kind in each.asked), None)
        if asker is not None:
            return _refuse(f"{reason} (`{asker.host}` shows it)", asker.host)
        if kind in can_ask:
            return _refuse(reason)
    by_host: dict[str, dict[PacEntry, str]] = {}
    for each in known:
        by_host.setdefault(each.host, {}).setdefault(each.first, each.url)
    several = next((host for host, firsts in by_host.items() if len(firsts) > 1), None)
    if several is not None:
        shown = ", ".join(f"`{entry}` for `{show_location(url)}`" for entry, url in by_host[several].items())
        return _refuse(f"`{several}` has several answers: {shown}", several)
    return _flatten_hosts({host: next(iter(firsts)) for host, firsts in by_host.items()}, known, can_ask)


def _flatten_hosts(
    firsts: dict[str, PacEntry], known: tuple[PacAnswer, ...], can_ask: tuple[str, ...]
) -> Flattened:
    usual = firsts[UNLISTED]
    if usual.is_direct:
        proxied = next((host for host, entry in firsts.items() if not entry.is_direct), None)
        if proxied is None:
            return _refuse("it sends every host that was asked about direct: no proxy is needed for them")
        reason = f"a host that it does not name goes direct, and `{proxied}` goes to a proxy"
        return _refuse(f"{reason}: NO_PROXY can only say the reverse", proxied)
    if usual.proxy is None or usual.proxy.scheme != "http":
        return _refuse(f"`{usual}` is no proxy that all clients can use", UNLISTED)
    other = next((host for host, each in firsts.items() if not each.is_direct and each != usual), None)
    if other is not None:
        reason = f"`{other}` goes to `{firsts[other]}` and others to `{usual}`: NO_PROXY knows one proxy"
        return _refuse(reason, other)
    direct = tuple(host for host, entry in firsts.items() if entry.is_direct)
    others = (host for host, entry in firsts.items() if not entry.is_direct)
    inside = next(((host, name) for host in others for name in direct if host.endswith(f".{name}")), None)
    if inside is not None:
        reason = "`{}` goes to a proxy and `{}` direct: NO_PROXY takes all that is below a name"
        return _refuse(reason.format(*inside), inside[0])
    asked = {question.partition(" ")[0] for each in known for question in each.asked}
    spare = (str(entry) for each in known for entry in each.entries[1:])
    return Flattened(
        usual.proxy,
        direct,
        depends=tuple(words for kind, words in _OF_NETWORK.items() if kind in asked or kind in can_ask),
        spare=tuple(dict.fromkeys(spare)),
    )


def suggest_forwarder(location: str) -> str:
    """What can follow a PAC file that no static proxy can, as a hint."""
    named = quote_location(location)
    return (
        f"a forwarder on this machine can ask it for each connection: px, started with `--pac={named}`; "
        "then `proxyenv setup --proxy http://127.0.0.1:3128`"
    )


def _refuse(reason: str, host: str | None = None) -> Flattened:
    return Flattened(refusal=reason, host=host)
