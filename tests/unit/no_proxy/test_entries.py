from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyenv.model.no_proxy import (
    Address,
    Domain,
    Everything,
    ExactHost,
    PlainNames,
    Subnet,
    describe_mistakes,
    join,
)
from proxyenv.no_proxy.entries import (
    Grammar,
    find_grammar,
    parse_entries,
    parse_no_proxy,
    show_entry,
    show_list,
    split_entries,
)

if TYPE_CHECKING:
    from proxyenv.model.no_proxy import Rule


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        pytest.param("a,b", ("a", "b"), id="commas"),
        pytest.param(" a b\tc\n", ("a", "b", "c"), id="blanks"),
        pytest.param("a;b|c", ("a", "b", "c"), id="what Windows and Java write"),
        pytest.param(",,a,,", ("a",), id="empty items"),
        pytest.param('"a,b"', ("a", "b"), id="quotes"),
        pytest.param("", (), id="nothing"),
    ],
)
def test_split_entries(text: str, entries: tuple[str, ...]) -> None:
    assert split_entries(text) == entries


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        pytest.param("localhost", ExactHost("localhost"), id="a name without a dot"),
        pytest.param("corp.example", Domain("corp.example"), id="a name and what is below it"),
        pytest.param("Host.Corp.", Domain("host.corp"), id="upper case and a final dot"),
        pytest.param(".corp.example", Domain("corp.example"), id="a leading dot"),
        pytest.param("*.corp.example", Domain("corp.example"), id="a wildcard"),
        pytest.param(".svc", Domain("svc"), id="a domain without a dot in it"),
        pytest.param("b\u00fccher.example", Domain("xn--bcher-kva.example"), id="a name beyond ASCII"),
        pytest.param("host.corp:8443", Domain("host.corp", port=8443), id="a port"),
        pytest.param("db:5432", ExactHost("db", 5432), id="a plain name with a port"),
        pytest.param("10.1.2.3", Address(IPv4Address("10.1.2.3")), id="an IPv4 address"),
        pytest.param("10.1.2.3:80", Address(IPv4Address("10.1.2.3"), 80), id="an IPv4 address with a port"),
        pytest.param("10.1.2.3/32", Address(IPv4Address("10.1.2.3")), id="a network of one address"),
        pytest.param("::1", Address(IPv6Address("::1")), id="an IPv6 address"),
        pytest.param("[::1]", Address(IPv6Address("::1")), id="brackets"),
        pytest.param("[::1]:8080", Address(IPv6Address("::1"), 8080), id="brackets and a port"),
        pytest.param("0:0::1", Address(IPv6Address("::1")), id="an address in a longer spelling"),
        pytest.param("::ffff:10.1.2.3", Address(IPv4Address("10.1.2.3")), id="IPv4 in IPv6 clothes"),
        pytest.param("::ffff:10.0.0.0/104", Subnet(ip_network("10.0.0.0/8")), id="a mapped network"),
        pytest.param("10.0.0.0/8", Subnet(ip_network("10.0.0.0/8")), id="an IPv4 network"),
        pytest.param("10.1.2.3/8", Subnet(ip_network("10.0.0.0/8")), id="a network with host bits"),
        pytest.param("169.254/16", Subnet(ip_network("169.254.0.0/16")), id="a short network of macOS"),
        pytest.param("fd00::/8", Subnet(ip_network("fd00::/8")), id="an IPv6 network"),
        pytest.param("*", Everything(), id="everything"),
    ],
)
def test_an_entry_of_a_list_means(entry: str, rule: Rule) -> None:
    read = parse_no_proxy(entry, source="`NO_PROXY`")
    assert (read.rules, read.mistakes) == ((rule,), ())


@pytest.mark.parametrize(
    ("entry", "rule"),
    [
        pytest.param("host.corp", ExactHost("host.corp"), id="that name alone"),
        pytest.param("*.corp.example", Domain("corp.example", apex=False), id="only what is below"),
        pytest.param("10.*", Subnet(ip_network("10.0.0.0/8")), id="an octet"),
        pytest.param("192.168.*.*", Subnet(ip_network("192.168.0.0/16")), id="two octets"),
        pytest.param("<local>", PlainNames(), id="names without a dot"),
        pytest.param("[::1]", Address(IPv6Address("::1")), id="an address"),
    ],
)
def test_a_pattern_means(entry: str, rule: Rule) -> None:
    assert parse_entries((entry,), source="Windows", grammar=Grammar.PATTERNS).rules == (rule,)


@pytest.mark.parametrize(
    ("text", "grammar"),
    [
        pytest.param("a,*.b,10.0.0.0/8", Grammar.LIST, id="Kubernetes"),
        pytest.param("*.b;10.*", Grammar.PATTERNS, id="Windows"),
        pytest.param("localhost|*.b", Grammar.PATTERNS, id="Java"),
        pytest.param("<local>", Grammar.PATTERNS, id="Windows' word"),
    ],
)
def test_find_grammar(text: str, grammar: Grammar) -> None:
    assert find_grammar(text) is grammar


@pytest.mark.parametrize(
    ("entry", "reason", "rule"),
    [
        pytest.param("10.", "is the beginning of an address", "10.0.0.0/8", id="an octet and a dot"),
        pytest.param("10.*", "is the beginning of an address", "10.0.0.0/8", id="an octet and a star"),
        pytest.param("192.168.*.*", "is the beginning of", "192.168.0.0/16", id="two octets and stars"),
        pytest.param("http://host.corp:80/x", "is a URL", "host.corp", id="a URL"),
        pytest.param("http://[::1]/", "is a URL", "::1", id="a URL of an address"),
        pytest.param("http://", "is a URL", None, id="a URL without a host"),
        pytest.param("10.0.0.0/8:80", "limits a network to a port", None, id="a port on a network"),
        pytest.param("[fd00::/8]:80", "limits a network to a port", None, id="a port on an IPv6 network"),
        pytest.param("**", "has a `*` where no client looks", None, id="two stars"),
        pytest.param("web-*.corp", "has a `*` where no client looks", None, id="a star within"),
        pytest.param("*corp.example", "has a `*` where no client looks", None, id="a star without a dot"),
        pytest.param("host:http", "has no number behind its `:`", None, id="a port by name"),
        pytest.param("host:70000", "has an impossible port", None, id="a port that is none"),
        pytest.param("fe80::1%eth0", "has a zone", None, id="a zone"),
        pytest.param("a%b", "is no host", None, id="a percent sign"),
        pytest.param("none", "is the name of a host to every client", None, id="a word for nothing"),
        pytest.param("DIRECT", "is the name of a host to every client", None, id="apt's word for nothing"),
        pytest.param("http://*", "is a URL", None, id="a URL of everything"),
        pytest.param("fd00::/8:443", "limits a network to a port", None, id="a port on a bare IPv6 network"),
        pytest.param(".5", "is the end of addresses", ".5", id="an octet behind a dot"),
        pytest.param("*.0.7", "is the end of addresses", ".0.7", id="two octets behind a star"),
        pytest.param(".256", "ends in a number and is no whole", None, id="no octet behind a dot"),
        pytest.param("127.1", "ends in a number and is no whole address", None, id="a short address"),
        pytest.param("010.0.0.1", "ends in a number and is no whole", None, id="an octal address"),
        pytest.param("[::1", "has a `[` without its `]`", None, id="half a bracket"),
        pytest.param("[host]", "has brackets around what is no address", None, id="a name in brackets"),
        pytest.param("a..b", "is no host, domain, address or network", None, id="an empty label"),
        pytest.param("-x", "is no host, domain, address or network", None, id="a leading dash"),
        pytest.param("\udcff", "is no name that DNS could hold", None, id="bytes that are not UTF-8"),
        pytest.param("\x07a", "is no host, domain, address or network", None, id="a control character"),
    ],
)
def test_a_mistake_names_the_entry(entry: str, reason: str, rule: str | None) -> None:
    read = parse_no_proxy(entry, source="`NO_PROXY`")
    (mistake,) = read.mistakes
    assert mistake.reason.startswith(reason)
    assert [str(found) for found in read.rules] == ([rule] if rule else [])
    assert entry.encode("utf-8", "backslashreplace").decode() in str(mistake)


@pytest.mark.parametrize(
    ("entry", "reason", "rule"),
    [
        pytest.param("http://*.a.b;c", "is limited to a scheme", Domain("a.b", apex=False), id="a scheme"),
        pytest.param(
            "*a.b;c", "covers names that merely end like it", Domain("a.b"), id="a star without a dot"
        ),
    ],
)
def test_what_windows_means_and_no_client_can_be_told(entry: str, reason: str, rule: Rule) -> None:
    read = parse_no_proxy(entry, source="x")
    (mistake,) = read.mistakes
    assert mistake.reason.startswith(reason)
    assert read.rules == (rule, ExactHost("c"))


def test_a_final_semicolon_makes_no_patterns_and_quotes_may_stand_around_each() -> None:
    assert parse_no_proxy("a.example,b.example;", source="x").rules == (
        Domain("a.example"),
        Domain("b.example"),
    )
    assert parse_no_proxy("'localhost','127.0.0.1'", source="x").rules == (
        ExactHost("localhost"),
        Address(IPv4Address("127.0.0.1")),
    )


def test_a_sharp_s_stays_itself() -> None:
    assert parse_no_proxy("fa\u00df.example", source="x").rules == (Domain("xn--fa-hia.example"),)


def test_a_password_in_a_url_is_not_shown() -> None:
    (mistake,) = parse_no_proxy("http://user:secret@host.corp", source="x").mistakes
    assert "secret" not in str(mistake)


@pytest.mark.parametrize(
    "text",
    ["http://user:geh eim@host.corp", 'user:geh"eim geheim@host.corp', "a.test,http://u:[geh eim@host.corp"],
)
def test_a_password_that_the_separators_split_is_not_shown(text: str) -> None:
    mistakes = parse_no_proxy(text, source="x").mistakes
    assert mistakes
    assert not any("geh" in str(each) or "eim" in str(each) for each in mistakes)


@pytest.mark.parametrize(
    ("text", "shown", "mistaken"),
    [
        pytest.param(
            "localhost,127.0.0.1:8o,10.0.0.0/8:443,*.corp:80-90",
            "localhost,127.0.0.1:8o,10.0.0.0/8:443,*.corp:80-90",
            ["`127.0.0.1:8o`", "`10.0.0.0/8:443`", "`*.corp:80-90`"],
            id="a letter in a port",
        ),
        pytest.param(".corp.test:8o,[::1]:8o", ".corp.test:8o,[::1]:8o", ["`.corp.test:8o`", "`[::1]:8o`"],
            id="a domain and IPv6"),
        pytest.param("a.test,host:8080:1,b..c", "a.test,(11 characters),b..c",
            ["`(11 characters)` (2 of 3)", "`b..c`"], id="it may be a password and has a number"),
        pytest.param("a.test,git.corp:8o,x.test,a..b", "a.test,(11 characters),x.test,a..b",
            ["`(11 characters)` (2 of 4)", "`a..b`"], id="a port of a name"),
        pytest.param("x.test,ada:SEC,SECb,10.0.0.0/8:443", "x.test,(7 characters),****,10.0.0.0/8:443",
            ["`(7 characters)` (2 of 4)", "`10.0.0.0/8:443`"], id="a name and a password"),
        pytest.param("http://ada:SEC,SE..C,x.test", "(14 characters),****,****",
            ["`(14 characters)` (1 of 3)", "`****` (2 of 3)"], id="a URL that was cut"),
        pytest.param("ada:S,EC*:1,.SEC:1@h.test,*.c:8o", "****,****,****,****",
            [f"`****` ({number} of 4)" for number in range(1, 5)], id="a whole URL with commas"),
        pytest.param("a.test,ada:SEC%40h.test,SE..C", "a.test,(16 characters),****",
            ["`(16 characters)` (2 of 3)", "`****` (3 of 3)"], id="an encoded at sign"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_list_can_be_found_in_it(text: str, shown: str, mistaken: list[str]) -> None:
    assert show_list(text) == shown
    assert [each.shown for each in parse_no_proxy(text, source="x").mistakes] == mistaken


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        pytest.param(
            "localhost,https://bob:My,Fish7x,99@git.corp.test/,.corp.test",
            ["localhost", ".corp.test"],
            id="commas",
        ),
        pytest.param("bob:My,Fish7x,99@git.test,a.test", ["a.test"], id="no scheme"),
        pytest.param("bob:9M,Fish7x,99@git.test,a.test", ["a.test"], id="a digit in front"),
        pytest.param("https://bob:80,Fish7x,99@git.test,a.test", ["a.test"], id="what could be a port"),
        pytest.param("http://bob:My,Fish7x,10.0.0.1,9%40g.test,a.test", ["a.test"], id="an encoded at sign"),
        pytest.param(
            "http://bob:My@x,Fish7x,99@git.test,a.test",
            ["http://bob:My@x", "a.test"],
            id="an at sign in the password",
        ),
        pytest.param(".corp.test,user@host.test", [".corp.test"], id="no URL before a user"),
        pytest.param("a.test:80,b.test,user@host.test", ["a.test:80", "b.test"], id="a port and a user"),
    ],
)
def test_a_part_of_a_password_with_commas_gives_no_rule(text: str, kept: list[str]) -> None:
    read = parse_no_proxy(text, source="x")
    assert [each.text for each in read.entries] == kept
    assert "ish7x" not in f"{[str(each) for each in read.mistakes]}{show_list(text)}"


def test_a_part_of_a_password_is_reported_as_an_entry_that_cannot_be_read() -> None:
    first = parse_no_proxy("a.test,http://bob:My,Fish7x@h.test", source="`NO_PROXY`").mistakes[0]
    assert str(first) == (
        "the entry `****` (2 of 3) of `NO_PROXY` may be a part of the password of a URL, since an `@` stands "
        "behind it; it is left out"
    )


def test_the_entry_that_crashes_clients_is_named_by_its_number() -> None:
    text = ",".join([*(f"h{number}.test" for number in range(38)), "git.test:8o", "x.test"])
    (mistake,) = parse_no_proxy(text, source="`NO_PROXY`").mistakes
    assert str(mistake) == (
        "the entry `(11 characters)` (39 of 40) of `NO_PROXY` has no number behind its `:`, and crashes "
        "every httpx client; it is left out"
    )


def test_a_password_that_is_longer_than_what_is_shown_is_not_shown() -> None:
    (mistake,) = parse_no_proxy(f"http://ada:geheim{'x' * 900}@a.test", source="it").mistakes
    assert "`http://****@a.test`" in str(mistake)


def test_a_huge_entry_is_answered_shortly() -> None:
    (mistake,) = parse_no_proxy("a" * 1_000_000, source="x").mistakes
    assert len(str(mistake)) < 250


@given(st.text(max_size=60))
def test_every_text_is_read_or_named(text: str) -> None:
    read = parse_no_proxy(text, source="x")
    texts = {entry.text for entry in read.entries}
    for entry in split_entries(text):
        alone = parse_entries((entry,), source="x", grammar=find_grammar(text))
        assert alone.entries or alone.mistakes
        assert set(alone.rules) <= set(read.rules)
    assert texts <= set(split_entries(text))


def test_each_rule_is_kept_once_and_where_it_came_first() -> None:
    first = parse_no_proxy("a,b", source="one")
    second = parse_no_proxy("b,c,A", source="two")
    assert [(entry.text, entry.reason) for entry in join(first, second).entries] == [
        ("a", "one"),
        ("b", "one"),
        ("c", "two"),
    ]


def test_rules_of_different_kinds_are_never_equal() -> None:
    """They are tuples, which are equal where what they hold is."""
    rules = (
        ExactHost("10.0.0.0"),
        Domain("10.0.0.0"),
        Address(IPv4Address("10.0.0.0")),
        Subnet(ip_network("10.0.0.0/32")),
        PlainNames(),
        Everything(),
    )
    assert len(set(rules)) == len(rules)
    assert all(rules)


def test_a_word_for_nothing_among_others_counts_where_no_host_has_that_name() -> None:
    read = parse_no_proxy("a.test,null,direct", source="`NO_PROXY`")
    assert [str(rule) for rule in read.rules] == ["a.test", "direct"]
    (said,) = describe_mistakes(read.mistakes)
    assert said == (
        "the entry `null` of `NO_PROXY` is the name of a host to every client: none reads it as an empty "
        "list; it is left out"
    )


def test_many_mistakes_of_one_kind_are_one_sentence() -> None:
    read = parse_no_proxy(
        ",".join(f".{number}" for number in range(256)) + ",host.corp,a%b", source="`NO_PROXY`"
    )
    assert len(read.rules) == 257
    why = "each is the end of addresses, which only clients that compare texts understand"
    assert list(describe_mistakes(read.mistakes)) == [
        f"256 entries of `NO_PROXY` stay: `.0`, `.1`, `.2` and more; {why}",
        "the entry `a%b` of `NO_PROXY` is no host, domain, address or network; it is left out",
    ]


@pytest.mark.parametrize(("texts", "said"), [(("10.", "11.", "12."), 3), (("10.", "11.", "12.", "13."), 1)])
def test_three_mistakes_have_a_sentence_each(texts: tuple[str, ...], said: int) -> None:
    sentences = list(describe_mistakes(parse_no_proxy(",".join(texts), source="`NO_PROXY`").mistakes))
    assert len(sentences) == said
    assert said > 1 or sentences[0].startswith("4 entries of `NO_PROXY` stay, `10.` as `10.0.0.0/8`: ")


def test_an_entry_that_is_repeated_is_judged_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def show(text: str) -> str:
        asked.append(text)
        return show_entry(text)

    monkeypatch.setattr("proxyenv.no_proxy.entries.show_entry", show)
    parse_no_proxy("a.test,=," * 1000, source="`NO_PROXY`")
    assert sorted(asked) == ["=", "a.test"]
