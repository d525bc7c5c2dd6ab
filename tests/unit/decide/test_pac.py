"""When one proxy and NO_PROXY say what a PAC file says."""

from __future__ import annotations

import pytest

from proxyenv.decide.pac import flatten
from proxyenv.model.pac import UNLISTED, PacAnswer, parse_entries

PROXY = "PROXY proxy.test:8080"


def answer(host: str, text: str, *, scheme: str = "https", asked: tuple[str, ...] = ()) -> PacAnswer:
    return PacAnswer(f"{scheme}://{host}/", host, text, parse_entries(text), asked)


def test_direct_hosts_become_no_proxy() -> None:
    flat = flatten((answer("a.test", "DIRECT"), answer("b.test", PROXY), answer(UNLISTED, PROXY)), ())
    assert (str(flat.proxy), flat.direct, flat.refusal) == ("http://proxy.test:8080", ("a.test",), None)


def test_the_proxies_for_when_the_first_is_down_are_told() -> None:
    flat = flatten((answer(UNLISTED, f"{PROXY}; PROXY b.test:1; DIRECT"),), ())
    assert flat.spare == ("PROXY b.test:1", "DIRECT")


@pytest.mark.parametrize(
    ("asked", "possible", "depends"),
    [
        pytest.param((), (), (), id="nothing"),
        pytest.param(("dns a.test",), (), ("what DNS says",), id="DNS"),
        pytest.param(
            (), ("own-address",), ("this machine's own address",), id="not asked for, but in the text"
        ),
    ],
)
def test_what_it_depends_on_is_told(
    asked: tuple[str, ...], possible: tuple[str, ...], depends: tuple[str, ...]
) -> None:
    flat = flatten((answer(UNLISTED, PROXY, asked=asked),), possible)
    assert (flat.refusal, flat.depends) == (None, depends)


@pytest.mark.parametrize(
    ("answers", "possible", "reason", "host"),
    [
        pytest.param(
            (answer("corp.test", "DIRECT"), answer("git.corp.test", PROXY), answer(UNLISTED, PROXY)),
            (),
            "`git.corp.test` goes to a proxy and `corp.test` direct",
            "git.corp.test",
            id="a name below one that goes direct",
        ),
        pytest.param(
            (answer("a.test", "PROXY other.test:1"), answer(UNLISTED, PROXY)),
            (),
            "`a.test` goes to `PROXY other.test:1`",
            "a.test",
            id="two proxies",
        ),
        pytest.param(
            (answer("a.test", PROXY), answer("a.test", "DIRECT", scheme="http"), answer(UNLISTED, PROXY)),
            (),
            "`a.test` has several answers",
            "a.test",
            id="schemes that differ",
        ),
        pytest.param(
            (answer("a.test", PROXY), answer(UNLISTED, "DIRECT")),
            (),
            "NO_PROXY can only say the reverse",
            "a.test",
            id="an allow-list",
        ),
        pytest.param((answer(UNLISTED, "DIRECT"),), (), "no proxy is needed", None, id="all direct"),
        pytest.param((answer(UNLISTED, "SOCKS a.test"),), (), "`SOCKS a.test:1080`", UNLISTED, id="SOCKS"),
        pytest.param((answer(UNLISTED, "HTTPS a.test"),), (), "`HTTPS a.test:443`", UNLISTED, id="TLS"),
        pytest.param(
            (answer("a.test", PROXY, asked=("clock",)), answer(UNLISTED, PROXY)),
            (),
            "looks at the clock",
            "a.test",
            id="the clock",
        ),
        pytest.param(
            (answer(UNLISTED, PROXY),), ("clock",), "looks at the clock", None, id="a clock in the text"
        ),
        pytest.param((answer(UNLISTED, PROXY),), ("chance",), "uses random numbers", None, id="chance"),
        pytest.param(
            (answer("a.test", "")._replace(error="TypeError: x"), answer(UNLISTED, PROXY)),
            (),
            "TypeError: x",
            "a.test",
            id="an error",
        ),
    ],
)
def test_it_is_refused_with_the_host_that_shows_it(
    answers: tuple[PacAnswer, ...], possible: tuple[str, ...], reason: str, host: str | None
) -> None:
    flat = flatten(answers, possible)
    assert flat.proxy is None
    assert (reason in (flat.refusal or ""), flat.host) == (True, host)
