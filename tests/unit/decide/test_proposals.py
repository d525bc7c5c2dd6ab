"""What files of tools name: asked about on a terminal, taken with ``--from-tools``, told otherwise."""

from __future__ import annotations

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide import decide_target
from proxyenv.decide.intent import merge_intent
from proxyenv.decide.proposals import find_proposals, require_answer
from proxyenv.errors import AmbiguityError, DiscoveryError, UsageError
from proxyenv.model.configuration import Configuration
from proxyenv.model.findings import Findings, Found, PrefectFindings, SourceSettings
from proxyenv.model.intent import Request
from support.certificates import make_ca
from support.machines import HOME, make_host

(CORP,) = parse_certificates(make_ca("Corp").pem, source="test")
NPM = ("all", Found("http://p.test:8080", "`proxy` in `.npmrc`, line 1"))
GIT = ("all", Found("p.test:8080/", "`http.proxy` in `.gitconfig`, line 2"))
PIP = ("all", Found("http://ada:hunter2@q.test:1", "`global.proxy` in `pip.conf`, line 2"))
BAD = ("all", Found("http:p.test:8080", "`proxy` in `.curlrc`, line 1"))
CA = Found(CORP, "`cafile` in `.npmrc`, line 2")


def make_findings(
    *tools: tuple[str, Found[str]],
    environment: tuple[tuple[str, Found[str]], ...] = (),
    project: tuple[tuple[str, Found[str]], ...] = (),
    ca: bool = False,
) -> Findings:
    return Findings(
        (),
        "1",
        PrefectFindings(HOME / "p.toml", None, None, None),
        sources=(
            SourceSettings("environment", environment),
            SourceSettings(
                "tools", tools, (Found("a.test", "`noproxy` in `.npmrc`, line 3"),), use="proposed"
            ),
            SourceSettings("project", project, use="shown"),
        ),
        proposed_anchors=(CA,) if ca else (),
    )


def refused(findings: Findings, request: Request | None = None) -> tuple[str, str, str | None]:
    with pytest.raises(DiscoveryError) as caught:
        decide_target(make_host(), findings, merge_intent(request or Request()))
    return caught.value.code, caught.value.message, caught.value.hint


def test_nobody_is_given_what_a_tool_names_unasked() -> None:
    code, message, hint = refused(make_findings(NPM, GIT, ca=True))
    assert (code, hint) == ("nothing-found", "to take it: `proxyenv setup --from-tools`")
    assert message == (
        "only files of tools name a proxy or a CA: http://p.test:8080 (`proxy` in `.npmrc`, line 1, "
        f"`http.proxy` in `.gitconfig`, line 2); CA `{CORP.subject}` "
        f"({CORP.fingerprint[:16]}…, `cafile` in `.npmrc`, line 2)"
    )


def test_it_is_taken_where_that_was_said() -> None:
    target = decide_target(
        make_host(), make_findings(NPM, GIT, ca=True), merge_intent(Request(from_tools=True))
    )
    assert str(target.https_proxy) == "http://p.test:8080"
    assert target.anchors == (CORP,)
    assert "a.test" in target.no_proxy
    assert (
        "proxy for `https://` from `proxy` in `.npmrc`, line 1, and `http.proxy` in `.gitconfig`, line 2"
        in target.notes
    )


def test_two_that_contradict_each_other_are_shown_with_their_places() -> None:
    code, message, _ = refused(make_findings(NPM, PIP), Request(from_tools=True))
    assert code == "proxy-conflict"
    assert "http://p.test:8080 (`proxy` in `.npmrc`, line 1)" in message
    assert "q.test:1 (`global.proxy` in `pip.conf`, line 2)" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(), id="nothing said"),
        pytest.param(Request(from_tools=True), id="what tools say is taken"),
    ],
)
def test_what_a_project_says_is_never_taken(request_: Request) -> None:
    code, message, _ = refused(make_findings(project=(NPM,)), request_)
    assert (code, "p.test" in message) == ("nothing-found", False)


@pytest.mark.parametrize("ca", [True, False])
def test_one_candidate_is_one_question(ca: bool) -> None:
    with pytest.raises(AmbiguityError) as caught:
        require_answer(make_findings(NPM, GIT, BAD, ca=ca), merge_intent(Request()))
    assert (caught.value.option, caught.value.answers) == ("--from-tools", ("yes", "no"))
    assert ("CA `" in caught.value.choices[0]) is ca


def test_two_candidates_are_a_choice() -> None:
    with pytest.raises(AmbiguityError) as caught:
        require_answer(make_findings(NPM, PIP), merge_intent(Request()))
    assert caught.value.answers == ("http://p.test:8080", "http://ada:hunter2@q.test:1", "no")
    assert "hunter2" not in "".join(caught.value.choices) + caught.value.message


@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(Request(from_tools=False), id="the answer was no"),
        pytest.param(Request(from_tools=True), id="the answer was yes"),
        pytest.param(Request(proxy="given:1"), id="a proxy was given"),
        pytest.param(Request(ca=("/ca.pem",)), id="a CA was given"),
    ],
)
def test_what_was_answered_is_not_asked_again(request_: Request) -> None:
    require_answer(make_findings(NPM, PIP), merge_intent(request_))


def test_a_proxy_of_the_environment_is_no_question() -> None:
    environment = (("https", Found("e.test:1", "`https_proxy` in the environment")),)
    findings = make_findings(NPM, environment=environment)
    assert find_proposals(findings, merge_intent(Request())).proxies == ()
    assert str(decide_target(make_host(), findings, merge_intent(Request())).https_proxy) == "http://e.test:1"


def test_a_saved_proxy_is_no_question() -> None:
    saved = Configuration(http_proxy="http://s.test:1", https_proxy="http://s.test:1")
    require_answer(make_findings(NPM), merge_intent(Request(), saved))


# What cannot be used


ENVIRONMENT = "`{}` in the environment"


def found(kind: str, name: str, value: str) -> tuple[str, Found[str]]:
    return kind, Found(value, ENVIRONMENT.format(name))


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (found("http", "http_proxy", "http://none"), "`http_proxy` in the environment says `none`"),
        (found("https", "https_proxy", "null"), "`https_proxy` in the environment says `null`"),
        (found("https", "https_proxy", "http:p:1"), "`https_proxy` in the environment lacks `//`"),
        (
            found("http", "HTTP_PROXY", "http://http://p:1"),
            "`HTTP_PROXY` in the environment has a scheme twice",
        ),
        (
            found("https", "https_proxy", "p:1 no_proxy=a"),
            "`https_proxy` in the environment holds more than one",
        ),
        (found("all", "all_proxy", "socks5://p:1"), "`all_proxy` in the environment has the scheme `socks5`"),
    ],
)
def test_one_that_is_malformed_hides_no_other(bad: tuple[str, Found[str]], why: str) -> None:
    good = found("https", "HTTPS_PROXY", "http://good.test:1")
    target = decide_target(make_host(), make_findings(environment=(bad, good)), merge_intent(Request()))
    assert str(target.https_proxy) == "http://good.test:1"
    assert str(target.http_proxy) == "http://good.test:1"
    assert bad[0] == "all" or any(why in note for note in target.notes), target.notes


def test_a_malformed_one_of_the_environment_gives_way_to_tools() -> None:
    findings = make_findings(NPM, environment=(found("https", "https_proxy", "none"),))
    target = decide_target(make_host(), findings, merge_intent(Request(from_tools=True)))
    assert str(target.https_proxy) == "http://p.test:8080"


@pytest.mark.parametrize(
    ("name", "value"),
    [("all_proxy", "socks5://p:1080"), ("ALL_PROXY", "socks://p:1"), ("all_proxy", "socks5h://p")],
)
def test_a_socks_proxy_alone_is_named_and_what_dies_of_it(name: str, value: str) -> None:
    with pytest.raises(UsageError) as caught:
        decide_target(
            make_host(), make_findings(environment=(found("all", name, value),)), merge_intent(Request())
        )
    assert caught.value.message.startswith(f"`{name}` in the environment has the scheme `socks")
    assert "httpx, and with it Prefect, ends with an error" in (caught.value.hint or "")


# Sources of the system


def setting(source: str, kind: str, value: str, place: str) -> SourceSettings:
    return SourceSettings(source, ((kind, Found(value, place)),))


def notes_of(*sources: SourceSettings) -> tuple[str, ...]:
    findings = make_findings()._replace(sources=(SourceSettings("environment"), *sources))
    return decide_target(make_host(), findings, merge_intent(Request())).notes


def test_sources_that_agree_are_one_candidate_with_all_of_their_places() -> None:
    notes = notes_of(
        setting("desktop", "all", "p.test:1", "the desktop"), setting("dnf", "all", "http://p.test:1/", "dnf")
    )
    assert "proxy for `https://` from the desktop, and dnf" in notes


def test_a_weaker_source_that_differs_is_named_and_not_asked_about() -> None:
    notes = notes_of(
        setting("desktop", "all", "p.test:1", "the desktop"), setting("dnf", "all", "q.test:2", "dnf")
    )
    assert "proxy for `https://` from the desktop" in notes
    assert "dnf names another proxy, http://q.test:2, and counts less" in notes


def test_the_notes_of_the_source_that_decides_are_told() -> None:
    one = setting("desktop", "all", "p.test:1", "the desktop")._replace(notes=(Found("is odd", "`x`"),))
    other = setting("dnf", "all", "p.test:1", "dnf")._replace(notes=(Found("is odder", "`y`"),))
    notes = notes_of(one, other)
    assert ("`x`: is odd" in notes, "`y`: is odder" in notes) == (True, False)


def test_patterns_are_read_as_patterns() -> None:
    source = setting("windows", "all", "p.test:1", "Windows")
    for patterns, expected in ((True, False), (False, True)):
        findings = make_findings()._replace(
            sources=(source._replace(no_proxy=(Found("a.corp.test", "`y`"),), patterns=patterns),)
        )
        target = decide_target(make_host(), findings, merge_intent(Request()))
        assert (".a.corp.test" in target.no_proxy) is expected
