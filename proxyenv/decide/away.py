"""Tells a proxy that is out of reach on another network from one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from proxyenv.model.report import Outcome

_OUT_OF_REACH: Final = frozenset({"proxy-name-unknown", "proxy-unreachable"})
_MOST: Final = 3


def judge_away(outcome: Outcome, then: tuple[str, ...], now: tuple[str, ...], *, can_leave: bool) -> Outcome:
    """The outcome, as ``proxy-not-here`` where the proxy is out of reach on another network than at `setup`.

    Args:
        outcome: of any check.
        then: the network at `setup`; nothing where it is not known.
        now: that of today.
        can_leave: whether `proxyenv off` can be used.
    """
    if outcome.cause not in _OUT_OF_REACH or not then or then == now:
        return outcome
    networks = f"at `setup` {_name(then)}, now {_name(now)}"
    leave = ", or `proxyenv off` until you are back" if can_leave else ""
    return outcome._replace(
        cause="proxy-not-here",
        detail=f"{outcome.detail}; this is another network ({networks})",
        hint=f"connect to the company's network, such as its VPN{leave}",
    )


def _name(network: tuple[str, ...]) -> str:
    """A network, for people."""
    more = f" and {len(network) - _MOST} more" if network[_MOST:] else ""
    return f"{', '.join(f'`{each}`' for each in network[:_MOST])}{more}" if network else "none"
