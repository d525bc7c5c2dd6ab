"""The one rank of what was found: a PAC file has the rank of the source that names it."""

from __future__ import annotations

import pytest

from proxyenv.decide.intent import merge_intent
from proxyenv.decide.named_pac import find_named_pac, pac_notes, require_pac_answer
from proxyenv.decide.proxies import rank_candidates
from proxyenv.errors import AmbiguityError
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, Found, PrefectFindings, SourceSettings
from proxyenv.model.intent import Request
from support.machines import HOME

ENVIRONMENT = SourceSettings("environment", (("all", Found("env.test:1", "`all_proxy`")),))
WRONG = SourceSettings("environment", (("all", Found("http://none", "`all_proxy`")),))
POLICY = SourceSettings("windows-policy", pac=(Found("http://w.test/policy.pac", "the policy"),))
GNOME = SourceSettings("gnome", (("all", Found("gnome.test:1", "GNOME")),))
KDE = SourceSettings("kde", pac=(Found("http://w.test/kde.pac", "KDE"),))
NONE = SourceSettings("kde", direct=(Found("says `0`: no proxy", "`ProxyType`"),))
TWO = SourceSettings(
    "networkmanager",
    pac=(
        Found("http://w.test/a.pac", "office"),
        Found("http://w.test/b.pac", "VPN"),
        Found("http://w.test/a.pac", "home"),
    ),
)
BOTH = SourceSettings(
    "windows", (("all", Found("win.test:1", "ProxyServer")),), pac=(Found("http://w.test/w.pac", "URL"),)
)
ODD = SourceSettings("gnome", pac=(Found("data:,function", "GNOME"),))
LOGIN = SourceSettings("login", (("https", Found("login.test:1", "`https_proxy` in `/etc/environment`")),))
TOOLS = SourceSettings("tools", (("all", Found("npm.test:1", "npm")),), use="proposed")
PROJECT = SourceSettings("project", pac=(Found("http://w.test/p.pac", "project"),), use="shown")


def ranked(*sources: SourceSettings, request: Request | None = None) -> list[str]:
    intent = merge_intent(request or Request())
    return [
        f"{each.source.source} {'PAC' if each.pac else 'proxies'}"
        for each in rank_candidates(intent, sources)
    ]


@pytest.mark.parametrize(
    ("sources", "expected"),
    [
        pytest.param((ENVIRONMENT, KDE), ["environment proxies", "kde PAC"], id="a variable first"),
        pytest.param((WRONG, KDE), ["kde PAC"], id="a variable that cannot be used is none"),
        pytest.param((POLICY, GNOME), ["windows-policy PAC", "gnome proxies"], id="policy before desktop"),
        pytest.param((KDE, GNOME), ["kde PAC", "gnome proxies"], id="the order of the desktops"),
        pytest.param((GNOME, KDE), ["gnome proxies", "kde PAC"], id="and the other way round"),
        pytest.param((KDE, LOGIN), ["kde PAC", "login proxies"], id="desktop before the system's files"),
        pytest.param((BOTH, LOGIN), ["windows proxies", "windows PAC", "login proxies"], id="one names both"),
        pytest.param((ODD, LOGIN), ["login proxies"], id="what is no address of a PAC file"),
        pytest.param((PROJECT, TOOLS), [], id="neither a project nor, unasked, a tool"),
    ],
)
def test_one_rank(sources: tuple[SourceSettings, ...], expected: list[str]) -> None:
    assert ranked(*sources) == expected


def test_files_of_tools_come_last_where_they_are_asked_for() -> None:
    taken = ranked(KDE, TOOLS, request=Request(from_tools=True))
    assert taken == ["kde PAC", "tools proxies"]


def test_one_that_was_declined_is_none() -> None:
    request = Request(declined_pac=("http://w.test/kde.pac",))
    assert ranked(KDE, LOGIN, request=request) == ["login proxies"]


@pytest.mark.parametrize(
    "intent",
    [
        pytest.param(merge_intent(Request(refresh=True), Configuration()), id="refresh"),
        pytest.param(merge_intent(Request(proxy="given.test:1")), id="a proxy is given"),
        pytest.param(merge_intent(Request(), Configuration(http_proxy="saved.test:1")), id="saved"),
    ],
)
def test_none_counts(intent: object) -> None:
    assert [each for each in rank_candidates(intent, (KDE,)) if each.pac] == []  # type: ignore[arg-type]


def make_findings(*sources: SourceSettings) -> Findings:
    return Findings((), "1", PrefectFindings(HOME / "p.toml", None, None, None), sources=sources)


def asked(*sources: SourceSettings, request: Request | None = None) -> AmbiguityError:
    with pytest.raises(AmbiguityError) as caught:
        require_pac_answer(make_findings(*sources), merge_intent(request or Request()))
    assert caught.value.option == "--pac"
    return caught.value


@pytest.mark.parametrize(
    ("sources", "message"),
    [
        pytest.param((KDE,), "no proxy was found, and a PAC file is named", id="alone"),
        pytest.param(
            (KDE, LOGIN),
            "a PAC file is named, which counts more than `https_proxy` in `/etc/environment`",
            id="before a proxy",
        ),
        pytest.param((NONE, POLICY), "`ProxyType` says `0`: no proxy; a PAC file is named", id="after none"),
        pytest.param(
            (TWO, LOGIN),
            "several PAC files are named, which count more than `https_proxy` in `/etc/environment`; which "
            "one is to be followed?",
            id="several",
        ),
    ],
)
def test_the_question(sources: tuple[SourceSettings, ...], message: str) -> None:
    assert asked(*sources).message == message


def test_several_at_once_are_one_question_and_those_that_agree_one_answer() -> None:
    error = asked(TWO, LOGIN)
    assert error.answers == ("http://w.test/a.pac", "http://w.test/b.pac", "no")
    assert error.choices == (
        "`http://w.test/a.pac` (office, home)",
        "`http://w.test/b.pac` (VPN)",
        "none of this",
    )


def test_the_next_source_is_asked_about_after_a_no() -> None:
    assert asked(KDE, TWO, request=Request(declined_pac=("http://w.test/kde.pac",))).answers[-1] == "no"
    declined = Request(declined_pac=("http://w.test/kde.pac", "http://w.test/a.pac", "http://w.test/b.pac"))
    require_pac_answer(make_findings(KDE, TWO, LOGIN), merge_intent(declined))


def test_a_source_that_agrees_is_named_too() -> None:
    same = SourceSettings("gnome", pac=KDE.pac)
    assert (
        asked(KDE, same._replace(pac=(Found(KDE.pac[0].value, "GNOME"),))).choices[0].endswith("(KDE, GNOME)")
    )


def test_nothing_is_asked_where_a_proxy_counts_more() -> None:
    require_pac_answer(make_findings(ENVIRONMENT, KDE), merge_intent(Request()))
    assert find_named_pac(make_findings(GNOME, KDE), merge_intent(Request())) == ()


@pytest.mark.parametrize(
    ("sources", "note"),
    [
        pytest.param(
            (KDE, LOGIN),
            "a PAC file is named, and not followed: `http://w.test/kde.pac` (KDE); "
            "`proxyenv setup --pac http://w.test/kde.pac` follows it",
            id="a proxy that counts less is taken",
        ),
        pytest.param(
            (KDE,),
            "no proxy is set, and a PAC file is named: `http://w.test/kde.pac` (KDE); "
            "`proxyenv setup --pac http://w.test/kde.pac` follows it",
            id="no proxy",
        ),
    ],
)
def test_one_that_was_declined_is_told(sources: tuple[SourceSettings, ...], note: str) -> None:
    intent = merge_intent(Request(declined_pac=("http://w.test/kde.pac",)))
    assert list(pac_notes(make_findings(*sources), intent)) == [note]
