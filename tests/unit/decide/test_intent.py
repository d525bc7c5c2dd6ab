"""Who decides an option: the command line, a fleet's policy, or the saved configuration."""

from __future__ import annotations

from typing import Any

import pytest

from proxyenv.decide.intent import merge_intent
from proxyenv.decide.proxies import choose_proxies
from proxyenv.errors import DiscoveryError, UsageError
from proxyenv.model.configuration import SETUP_OPTIONS, Configuration
from proxyenv.model.findings import Found, SourceSettings
from proxyenv.model.intent import Intent, Rank, Request

NONE = Request()
ENVIRONMENT = SourceSettings(
    "environment", (("http", Found("found:1", "`http_proxy`")), ("https", Found("found:2", "`https_proxy`")))
)
DESKTOP = SourceSettings("desktop", (("all", Found("desk:3", "GNOME")),))


def test_nobody_said_anything() -> None:
    intent = merge_intent(NONE)
    assert (intent.derive, intent.activate, intent.rc) == (True, True, True)
    switches = {"derive", "activate", "rc"}
    rest = {getattr(intent, name) for name in SETUP_OPTIONS if name not in switches}
    assert rest == {None, ()}
    assert intent.rank("base") is Rank.OPEN


@pytest.mark.parametrize(
    ("given", "policy", "saved", "value", "rank"),
    [
        pytest.param("both", "system", "certifi", "both", Rank.GIVEN, id="all three"),
        pytest.param(None, "system", "certifi", "system", Rank.POLICY, id="policy and saved"),
        pytest.param(None, None, "certifi", "certifi", Rank.SAVED, id="saved alone"),
        pytest.param(None, None, None, None, Rank.OPEN, id="none"),
    ],
)
def test_the_strongest_decides(
    given: str | None, policy: str | None, saved: str | None, value: str | None, rank: Rank
) -> None:
    intent = merge_intent(Request(base=given), Configuration(base=saved), policy=Configuration(base=policy))
    assert (intent.base, intent.rank("base")) == (value, rank)


@pytest.mark.parametrize(
    ("request_", "saved", "expected"),
    [
        pytest.param(
            Request(shells=("zsh",)),
            Configuration(rc=False),
            {"rc": True},
            id="a shell that is named wants its rc file",
        ),
        pytest.param(Request(rc=False), Configuration(rc=True), {"rc": False}, id="no is said"),
        pytest.param(NONE, Configuration(activate=False), {"activate": False}, id="no is saved"),
        pytest.param(
            Request(ca=("new.pem",)),
            Configuration(ca=("old.pem",), fingerprints=("ab",)),
            {"ca": ("new.pem",), "fingerprints": ()},
            id="a new CA is not held to the fingerprint of the old",
        ),
        pytest.param(
            Request(confirmed=(b"der",)),
            Configuration(ca=("old.pem",), fingerprints=("ab",)),
            {"ca": (), "fingerprints": ()},
            id="nor is a CA from the wire",
        ),
        pytest.param(
            NONE, Configuration(fingerprints=("ab",)), {"fingerprints": ("ab",)}, id="saved fingerprints stay"
        ),
        pytest.param(
            Request(configure=("none",)),
            Configuration(configure=("npm",)),
            {"configure": ()},
            id="none takes back",
        ),
        pytest.param(
            Request(no_proxy=("a.test,b.test",)),
            Configuration(no_proxy_patterns=("*.c",)),
            {"no_proxy": ("a.test", "b.test"), "no_proxy_patterns": ()},
            id="a list replaces patterns",
        ),
        pytest.param(
            Request(no_proxy=("a;<local>",)),
            Configuration(no_proxy=("b.test",)),
            {"no_proxy": (), "no_proxy_patterns": ("a", "<local>")},
            id="patterns replace a list",
        ),
        pytest.param(
            Request(no_proxy=("",)),
            Configuration(no_proxy=("b.test",)),
            {"no_proxy": ()},
            id="an empty list counts",
        ),
        pytest.param(Request(api_url=""), None, {"api_url": None}, id="an empty API URL says nothing"),
        pytest.param(
            Request(api_url=""),
            Configuration(api_url="http://saved/api"),
            {"api_url": "http://saved/api"},
            id="nor does it replace a saved one",
        ),
    ],
)
def test_options_that_belong_together(
    request_: Request, saved: Configuration | None, expected: dict[str, Any]
) -> None:
    intent = merge_intent(request_, saved)
    assert {name: getattr(intent, name) for name in expected} == expected


def proxies(intent: Intent) -> tuple[str, str]:
    chosen, _ = choose_proxies(intent, (ENVIRONMENT, DESKTOP))
    return str(chosen.http), str(chosen.https)


@pytest.mark.parametrize(
    ("request_", "policy", "saved", "http", "https"),
    [
        pytest.param(NONE, None, None, "http://found:1", "http://found:2", id="found"),
        pytest.param(NONE, None, "s:1", "http://s:1", "http://s:1", id="one saved proxy serves both"),
        pytest.param(NONE, "p:1", "s:1", "http://p:1", "http://p:1", id="policy before saved"),
        pytest.param(
            Request(proxy="g:1"), "p:1", "s:1", "http://g:1", "http://g:1", id="given before policy"
        ),
        pytest.param(
            Request(proxy="g:1", http_proxy="h:1"),
            None,
            None,
            "http://h:1",
            "http://g:1",
            id="one of its own",
        ),
        pytest.param(
            Request(https_proxy="g:1"), None, None, "http://found:1", "http://g:1", id="the other is found"
        ),
        pytest.param(
            Request(https_proxy="g:1"), None, "s:1", "http://s:1", "http://g:1", id="the other is saved"
        ),
    ],
)
def test_proxies(request_: Request, policy: str | None, saved: str | None, http: str, https: str) -> None:
    intent = merge_intent(request_, Configuration(http_proxy=saved), policy=Configuration(http_proxy=policy))
    assert proxies(intent) == (http, https)


@pytest.mark.parametrize(
    ("sources", "https"),
    [
        pytest.param((ENVIRONMENT, DESKTOP), "http://found:2", id="the first that names one"),
        pytest.param((SourceSettings("environment"), DESKTOP), "http://desk:3", id="the first says nothing"),
        pytest.param(
            (SourceSettings("environment", (("http", Found("only:1", "`http_proxy`")),)), DESKTOP),
            "http://only:1",
            id="the first decides for both schemes",
        ),
    ],
)
def test_the_strongest_source_decides(sources: tuple[SourceSettings, ...], https: str) -> None:
    assert str(choose_proxies(merge_intent(NONE), sources)[0].https) == https


def test_a_stronger_source_that_says_otherwise_is_told() -> None:
    none = SourceSettings("kde", direct=(Found("says `0`: no proxy", "`ProxyType`"),))
    weaker = SourceSettings("apt", direct=(Found("is empty", "`Acquire`"),))
    notes = choose_proxies(merge_intent(NONE), (none, DESKTOP, weaker))[1]
    assert notes[-1] == "`ProxyType` says `0`: no proxy, and is not followed"
    assert choose_proxies(merge_intent(NONE), (none,))[1] == ("`ProxyType` says `0`: no proxy",)


def test_refresh_adopts_no_proxy() -> None:
    intent = merge_intent(Request(refresh=True), Configuration(ca=("corp.pem",)))
    assert choose_proxies(intent, (ENVIRONMENT, DESKTOP))[0].any is False


@pytest.mark.parametrize(
    ("intent", "name", "where"),
    [
        pytest.param(merge_intent(Request(proxy="p:1")), "https_proxy", "`--proxy`", id="by another option"),
        pytest.param(merge_intent(Request(http_proxy="p:1")), "http_proxy", "`--http-proxy`", id="given"),
        pytest.param(
            merge_intent(NONE, Configuration(trust="bundle")),
            "trust",
            "`trust.mode` in `proxyenv.toml`",
            id="saved",
        ),
        pytest.param(
            merge_intent(NONE, policy=Configuration(base="both")),
            "base",
            "`trust.base` in the fleet's policy",
            id="policy",
        ),
        pytest.param(merge_intent(NONE), "base", "the default", id="nobody"),
    ],
)
def test_where_a_value_comes_from(intent: Intent, name: str, where: str) -> None:
    assert intent.where(name) == where


def test_a_saved_proxy_that_is_wrong_is_named_with_its_key() -> None:
    with pytest.raises(DiscoveryError) as caught:
        choose_proxies(merge_intent(NONE, Configuration(https_proxy="ftp://p:1")), ())
    assert caught.value.code == "configuration-invalid"
    assert caught.value.message == "`proxy.https` in `proxyenv.toml` has the scheme `ftp`"
    assert caught.value.hint == "correct it there, or give `--https-proxy`"


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param(
            Request(activation="plugin", rc=True),
            "`--activate plugin` edits no rc file, and `--rc` wants one",
            id="rc",
        ),
        pytest.param(
            Request(activation="plugin", shells=("zsh",)),
            "`--activate plugin` edits no rc file, and `--shell` wants one",
            id="shell",
        ),
        pytest.param(
            Request(venvs=("venv",)),
            "`--venv` says where Python goes through truststore",
            id="venv without truststore",
        ),
    ],
)
def test_options_that_contradict_each_other(request_: Request, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        merge_intent(request_)
    assert caught.value.message == message


def test_no_password_is_shown() -> None:
    intent = merge_intent(
        Request(proxy="http://u:hunter2@p:1", ca_password="geheim"),
        Configuration(http_proxy="http://u:hunter3@p:1"),
    )
    assert not any(secret in repr(intent) for secret in ("hunter2", "hunter3", "geheim"))


def test_replacing_needs_a_ca_that_comes() -> None:
    with pytest.raises(UsageError, match="nothing says which one comes"):
        merge_intent(Request(replace_ca=True), Configuration(ca=("old.pem",)))


@pytest.mark.parametrize("saved", ["http://jdoe:****@p:1", "http://jdoe:%2A%2A%2A%2A@p:1"])
def test_a_saved_mask_is_no_password(saved: str) -> None:
    intent = merge_intent(Request(refresh=True), Configuration(http_proxy=saved, https_proxy=saved))
    with pytest.raises(DiscoveryError) as caught:
        choose_proxies(intent, ())
    assert caught.value.code == "password-masked"
    assert caught.value.hint == "correct it there, or give `--http-proxy`"


def test_a_mask_in_a_variable_is_no_password() -> None:
    source = SourceSettings("environment", (("https", Found("http://jdoe:****@p:1", "`HTTPS_PROXY`")),))
    with pytest.raises(UsageError) as caught:
        choose_proxies(merge_intent(NONE), (source,))
    assert caught.value.code == "password-masked"
    assert "`HTTPS_PROXY`" in caught.value.message


@pytest.mark.parametrize(
    ("now", "ranks"),
    [
        pytest.param(Configuration(base="system"), (Rank.POLICY, Rank.OPEN), id="says less"),
        pytest.param(None, (Rank.OPEN, Rank.OPEN), id="is left"),
    ],
)
def test_what_a_policy_no_longer_says_goes_with_it(
    now: Configuration | None, ranks: tuple[Rank, Rank]
) -> None:
    """The saved copy of it is not the user's; what the user saved stays."""
    saved = Configuration(base="system", trust="truststore", urls=("https://own.test/",))
    earlier = Configuration(base="system", trust="truststore")
    intent = merge_intent(NONE, saved, policy=now, earlier=earlier)
    assert (intent.rank("base"), intent.rank("trust")) == ranks
    assert (intent.rank("urls"), intent.urls) == (Rank.SAVED, ("https://own.test/",))


def test_a_refresh_adopts_no_proxy_where_the_policy_no_longer_names_one() -> None:
    saved = Configuration(http_proxy="http://p:1", https_proxy="http://p:1", no_proxy=("a.test",))
    earlier = Configuration(https_proxy="http://p:1", no_proxy=("a.test",))
    intent = merge_intent(Request(refresh=True), saved, earlier=earlier)
    assert [intent.https_proxy, intent.rank("https_proxy")] == [None, Rank.SAVED]
    assert [intent.no_proxy, intent.rank("no_proxy")] == [None, Rank.SAVED]


def test_a_policy_that_is_given_is_not_held_to_the_digest_of_the_saved_one() -> None:
    intent = merge_intent(Request(policy="b.toml"), Configuration(policy="a.toml", policy_digest="ab"))
    assert (intent.policy, intent.policy_digest) == ("b.toml", None)
