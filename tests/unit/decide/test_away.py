"""A proxy that is out of reach elsewhere."""

from __future__ import annotations

import pytest

from proxyenv.decide.away import judge_away
from proxyenv.model.report import Outcome

OFFICE = ("corp.example", "10.0.0.2")
HOME = ("lan", "192.168.1.1", "192.168.1.2", "fe80::1")
UNKNOWN = Outcome("proxy-resolve [p.corp]", "failed", "proxy-name-unknown", "`p.corp` does not resolve")


def test_a_proxy_that_is_unknown_on_another_network_is_not_here() -> None:
    judged = judge_away(UNKNOWN, OFFICE, HOME, can_leave=True)
    assert judged == UNKNOWN._replace(
        cause="proxy-not-here",
        detail="`p.corp` does not resolve; this is another network (at `setup` `corp.example`, `10.0.0.2`, "
        "now `lan`, `192.168.1.1`, `192.168.1.2` and 1 more)",
        hint="connect to the company's network, such as its VPN, or `proxyenv off` until you are back",
    )


def test_one_for_all_users_is_not_switched_off_and_no_network_is_another_one() -> None:
    judged = judge_away(UNKNOWN, OFFICE, (), can_leave=False)
    assert judged.detail.endswith("(at `setup` `corp.example`, `10.0.0.2`, now none)")
    assert judged.hint == "connect to the company's network, such as its VPN"


@pytest.mark.parametrize(
    ("outcome", "then", "now"),
    [
        pytest.param(UNKNOWN, OFFICE, OFFICE, id="the same network"),
        pytest.param(UNKNOWN, (), HOME, id="a network that was not recorded"),
        pytest.param(UNKNOWN._replace(cause="proxy-refused"), OFFICE, HOME, id="a host that answers"),
        pytest.param(Outcome("proxy-resolve [p.corp]", "ok"), OFFICE, HOME, id="a proxy that is there"),
    ],
)
def test_everything_else_is_what_it_was(
    outcome: Outcome, then: tuple[str, ...], now: tuple[str, ...]
) -> None:
    assert judge_away(outcome, then, now, can_leave=True) == outcome
