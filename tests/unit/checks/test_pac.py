"""PAC files: what they answer, and that they reach and spend nothing."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from datetime import datetime
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.checks import pac
from proxyenv.checks.pac import PacSurroundings, ask_pac, look_up
from proxyenv.errors import DiscoveryError
from support.machine import in_ci
from support.pac_cases import EXPRESSIONS, EXTENDED, MOMENT, NAMES, OWN, make_function, make_script

if TYPE_CHECKING:
    from proxyenv.model.pac import PacAnswer

ALL: Final = (*EXPRESSIONS, *EXTENDED)
NOW: Final = datetime.fromisoformat(MOMENT)
KNOWN: Final = PacSurroundings(NOW, "UTC", OWN, lambda name: NAMES.get(name, ()))
HOST: Final = ("http://a.test/",)
SECOND: Final = """
import json, sys, pacparser
script, count = json.loads(sys.stdin.read())
pacparser.init()
pacparser.setmyip("10.9.8.7")
pacparser.parse_pac_string(script)
hosts = ["case-%d.test" % n for n in range(count)]
print(json.dumps([pacparser.find_proxy("http://%s/" % host, host) for host in hosts]))
"""


def ask(script: str, *urls: str, around: PacSurroundings = KNOWN) -> tuple[PacAnswer, ...]:
    return ask_pac(script, urls or HOST, around, source="`proxy.pac`")


def refusal(script: str) -> DiscoveryError:
    with pytest.raises(DiscoveryError) as caught:
        ask(script)
    return caught.value


@pytest.fixture(scope="module")
def said() -> dict[str, str]:
    """What each expression comes to."""
    answers = ask(make_script(ALL), *(f"http://case-{number}.test/" for number in range(len(ALL))))
    texts = (each.text if each.error is None else each.error for each in answers)
    return dict(zip((expression for expression, _ in ALL), texts, strict=True))


@pytest.mark.parametrize(("expression", "value"), ALL, ids=[expression for expression, _ in ALL])
def test_a_function_says_what_browsers_say(said: dict[str, str], expression: str, value: str) -> None:
    assert said[expression] == value


def test_another_engine_says_the_same() -> None:
    pytest.importorskip("pacparser")
    order = json.dumps([make_script(EXPRESSIONS), len(EXPRESSIONS)])
    done = subprocess.run(
        [sys.executable, "-c", SECOND], input=order, capture_output=True, text=True, check=True
    )
    pairs = zip(EXPRESSIONS, json.loads(done.stdout), strict=True)
    assert [(expression, other) for (expression, value), other in pairs if other != value] == []


@pytest.mark.parametrize(
    ("script", "text", "entries"),
    [
        pytest.param(make_function('return "DIRECT"'), "DIRECT", ["DIRECT"], id="direct"),
        pytest.param(make_function("return null"), "", ["DIRECT"], id="null"),
        pytest.param(make_function("return"), "", ["DIRECT"], id="nothing"),
        pytest.param(make_function("return 1"), "", ["DIRECT"], id="a number"),
        pytest.param(make_function("return {}"), "", ["DIRECT"], id="an object"),
        pytest.param(make_function('return ""'), "", ["DIRECT"], id="an empty text"),
        pytest.param(
            make_function('return "PROXY a.test:8080; SOCKS b.test; DIRECT"'),
            "PROXY a.test:8080; SOCKS b.test; DIRECT",
            ["PROXY a.test:8080", "SOCKS b.test:1080", "DIRECT"],
            id="a list",
        ),
        pytest.param(
            make_function("return `PROXY ${host}:1`"), "PROXY a.test:1", ["PROXY a.test:1"], id="ES6"
        ),
        pytest.param(make_function("return url"), "http://a.test/", ["DIRECT"], id="the URL"),
        pytest.param(
            'function FindProxyForURLEx(url, host) { return "PROXY six.test:1" }',
            "PROXY six.test:1",
            ["PROXY six.test:1"],
            id="Ex alone",
        ),
        pytest.param(
            'function FindProxyForURLEx() { return "PROXY six.test:1" }\n'
            'function FindProxyForURL() { return "PROXY four.test:1" }',
            "PROXY four.test:1",
            ["PROXY four.test:1"],
            id="both",
        ),
        pytest.param(
            "function dnsResolve() { return '1.2.3.4' }\n"
            + make_function('return "PROXY " + dnsResolve(host)'),
            "PROXY 1.2.3.4",
            ["PROXY 1.2.3.4:80"],
            id="a function of its own in place of a known one",
        ),
    ],
)
def test_an_answer_is_read_as_browsers_read_it(script: str, text: str, entries: list[str]) -> None:
    (answer,) = ask(script)
    assert (answer.text, [str(each) for each in answer.entries], answer.error) == (text, entries, None)


def test_path_user_and_query_are_kept_from_the_script() -> None:
    (answer,) = ask(make_function("return url + ' ' + host"), "https://ada:secret@A.test:8443/x?token=1#y")
    assert answer.text == "https://a.test:8443/ a.test"


def test_an_address_comes_with_and_without_brackets() -> None:
    (answer,) = ask(make_function("return url + ' ' + host"), "http://[2001:DB8::1]:8080/")
    assert answer.text == "http://[2001:db8::1]:8080/ 2001:db8::1"


def test_a_file_of_five_megabytes_is_read() -> None:
    names = ",".join(f'"host-{number}.corp.example"' for number in range(190_000))
    script = f"var names = [{names}];\n" + make_function(
        'return names[3] === host ? "DIRECT" : "PROXY p.test:1"'
    )
    assert len(script) > 5_000_000
    assert [each.text for each in ask(script, "http://host-3.corp.example/", *HOST)] == [
        "DIRECT",
        "PROXY p.test:1",
    ]


def test_a_chain_of_two_thousand_branches_is_read() -> None:
    branches = "\n".join(f'if (host == "host-{n}.test") return "PROXY p{n}.test:1";' for n in range(2000))
    (answer,) = ask(make_function(f"{branches} return 'DIRECT'"), "http://host-1999.test/")
    assert answer.text == "PROXY p1999.test:1"


def test_an_error_of_one_host_hides_no_other() -> None:
    script = make_function('if (host == "a.test") { nothing.here() } return "PROXY p.test:1"')
    first, second = ask(script, "http://a.test/", "http://b.test/")
    assert (first.error, second.text) == ("ReferenceError: nothing is not defined", "PROXY p.test:1")


# What it asked


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        pytest.param("return 'DIRECT'", (), id="nothing"),
        pytest.param("dnsResolve(host); return 'DIRECT'", ("dns a.test",), id="DNS"),
        pytest.param("isInNet(host, '10.0.0.0', '255.0.0.0')", ("dns a.test",), id="DNS by a network"),
        pytest.param("isInNet('10.1.1.1', '10.0.0.0', '255.0.0.0')", (), id="a network without DNS"),
        pytest.param("timeRange(8, 18)", ("clock",), id="the clock"),
        pytest.param("new Date()", ("clock",), id="a date"),
        pytest.param("new Date.prototype.constructor()", ("clock",), id="a date by a way round"),
        pytest.param("new Date(2020, 1, 1)", (), id="a date that is fixed"),
        pytest.param("myIpAddress()", ("own-address",), id="its own address"),
        pytest.param("Math.random()", ("chance",), id="random numbers"),
        pytest.param("try { dnsResolve('b.test') } catch (e) { }", ("dns b.test",), id="DNS, caught"),
    ],
)
def test_its_questions_are_known(body: str, asked: tuple[str, ...]) -> None:
    (answer,) = ask(make_function(body))
    assert answer.asked == asked


def test_names_are_looked_up_while_it_is_loaded() -> None:
    script = 'var address = dnsResolve("www.corp.example");\n' + make_function(
        'return "PROXY " + address + ":1"'
    )
    (answer,) = ask(script)
    assert (answer.text, answer.asked) == ("PROXY 10.1.2.3:1", ("dns www.corp.example",))


def test_a_name_may_follow_from_another() -> None:
    (answer,) = ask(make_function('return dnsResolve(dnsResolve("www.corp.example") + ".corp.example") + ""'))
    assert (answer.text, answer.asked) == (
        "null",
        ("dns 10.1.2.3.corp.example", "dns www.corp.example"),
    )


def test_a_name_that_hangs_does_not_resolve() -> None:
    ends = threading.Event()

    def resolve(name: str) -> tuple[str, ...]:
        if name == "hangs.test":
            ends.wait(60)
        return ("10.1.2.3",)

    try:
        found = look_up(("hangs.test", "quick.test"), resolve, seconds=1.0)
    finally:
        ends.set()
    assert found == {"hangs.test": (), "quick.test": ("10.1.2.3",)}


def test_what_is_no_name_does_not_resolve() -> None:
    assert pac.resolve_name(f"{'x' * 70}.test") == ()
    assert pac.resolve_name("a\0b") == ()


# What is refused


@pytest.mark.parametrize(
    ("script", "code", "words"),
    [
        pytest.param("function ( {", "pac-syntax", "SyntaxError", id="a syntax error"),
        pytest.param(make_function("return 'DIRECT'")[:-2], "pac-syntax", "SyntaxError", id="cut off"),
        pytest.param("var x = 1;", "pac-without-function", "FindProxyForURL", id="no function"),
        pytest.param("var FindProxyForURL = 1;", "pac-without-function", "FindProxyForURL", id="a number"),
        pytest.param("missing();", "pac-failed", "missing is not defined", id="an error at the start"),
        pytest.param("throw {};", "pac-failed", "fails while it is loaded", id="thrown at the start"),
        pytest.param("import os from 'os';", "pac-syntax", "SyntaxError", id="a module"),
        pytest.param(make_function("while (true) {}"), "pac-limit", "interrupted", id="an endless loop"),
        pytest.param(
            "while (true) {}", "pac-limit", "interrupted", id="an endless loop at the start", marks=in_ci
        ),
        pytest.param(
            make_function("return '' + /^(a+)+$/.test('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!')"),
            "pac-limit",
            "interrupted",
            id="an expression that takes for ever",
            marks=in_ci,
        ),
        pytest.param(
            f"Object.prototype.toJSON = function () {{ return 1; }}; {make_function('return 1')}",
            "pac-failed",
            "it changes the objects of the language, so that no answer can be read",
            id="its reports are forged",
        ),
        pytest.param(
            make_function("return 'PROXY a.test:1;'.repeat(50000)"),
            "pac-failed",
            "cannot be asked: it answers, or asks DNS for, more than 16384 characters",
            id="an answer without end",
        ),
        pytest.param(
            make_function("throw 'x'.repeat(900000)"),
            "pac-failed",
            "more than 16384",
            id="an error without end",
        ),
        pytest.param(
            make_function("return dnsResolve('x'.repeat(900000))"),
            "pac-failed",
            "more than 16384",
            id="a name without end",
        ),
        pytest.param(
            make_function("while (true) { dnsResolve(Math.random() + '.test') }"),
            "pac-limit",
            "DNS",
            id="names without end",
        ),
        pytest.param(
            "var held = []; while (true) held.push(new Array(100000).join('x'));",
            "pac-limit",
            "out of memory",
            id="memory without end at the start",
            marks=in_ci,
        ),
    ],
)
def test_it_is_refused_with_a_code(script: str, code: str, words: str) -> None:
    error = refusal(script)
    assert (error.code, words in error.message) == (code, True), error.message


@pytest.mark.parametrize(
    ("body", "error"),
    [
        pytest.param(
            "var held = []; while (true) held.push(new Array(100000).join('x'))",
            "InternalError: out of memory",
            id="memory",
        ),
        pytest.param(
            "return FindProxyForURL(url, host)", "RangeError: Maximum call stack size exceeded", id="depth"
        ),
        pytest.param("timeRange(1, 2, 3)", "timeRange: bad number of arguments", id="wrong arguments"),
        pytest.param("throw {toString: function () { throw 1 }}", "an error that has no text", id="no text"),
    ],
)
def test_its_error_is_told(body: str, error: str) -> None:
    (answer,) = ask(make_function(body))
    assert (answer.error, [str(each) for each in answer.entries]) == (error, ["DIRECT"])


def test_without_the_engine_the_command_that_installs_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    DiscoveryError("pac-engine-missing", "imports what an error needs, which cannot be imported below")
    monkeypatch.setattr(sys, "path", [])
    monkeypatch.setattr(sys, "meta_path", [])
    error = refusal(make_function("return 'DIRECT'"))
    assert (error.code, error.hint) == (
        "pac-engine-missing",
        f"`uv pip install --python {sys.executable} 'quickjs-ng>=0.17'`",  # there is no pip either
    )


# What it can reach

LANGUAGE: Final = (
    "AggregateError Array ArrayBuffer AsyncDisposableStack BigInt BigInt64Array BigUint64Array "
    "Boolean DOMException DataView Date DisposableStack Error EvalError FinalizationRegistry "
    "Float16Array Float32Array Float64Array Function Infinity Int16Array Int32Array Int8Array "
    "InternalError Iterator JSON Map Math NaN Number Object Promise Proxy RangeError ReferenceError "
    "Reflect RegExp Set String SuppressedError Symbol SyntaxError TypeError URIError Uint16Array "
    "Uint32Array Uint8Array Uint8ClampedArray WeakMap WeakRef WeakSet atob btoa decodeURI "
    "decodeURIComponent encodeURI encodeURIComponent escape eval globalThis isFinite isNaN "
    "parseFloat parseInt undefined unescape "
)
STANDARD: Final = (
    "FindProxyForURL alert convert_addr dateRange dnsDomainIs dnsDomainLevels dnsResolve "
    "dnsResolveEx getClientVersion isInNet isInNetEx isPlainHostName isResolvable isResolvableEx "
    "localHostOrDomainIs myIpAddress myIpAddressEx shExpMatch sortIpAddressList timeRange "
    "weekdayRange "
)


def test_it_sees_the_language_and_the_standard_functions_alone() -> None:
    (answer,) = ask(make_function("return Object.getOwnPropertyNames(globalThis).sort().join(' ')"))
    assert answer.text.split() == sorted((LANGUAGE + STANDARD).split())


NOT_THERE: Final = "typeof std + typeof os + typeof require + typeof process + typeof console"


@pytest.mark.parametrize(
    "expression",
    [
        NOT_THERE,
        f"(0, eval)('{NOT_THERE}')",
        f"new Function('return {NOT_THERE}')()",
        f"alert.constructor('return {NOT_THERE}')()",
    ],
)
def test_nothing_of_the_machine_is_there(expression: str) -> None:
    (answer,) = ask(make_function(f"return {expression}"))
    assert answer.text == "undefined" * 5


def test_a_module_cannot_be_imported() -> None:
    script = (
        "var said = 'not yet'; import('os').then(() => { said = 'there' }, () => { said = 'refused' });\n"
    )
    (answer,) = ask(script + make_function("return said"))
    assert answer.text in {"not yet", "refused"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limits")
def test_the_process_itself_can_open_start_and_write_nothing() -> None:
    from proxyenv.checks.interpreter import load_sources

    ((_, child),) = load_sources("proxyenv.checks.child.pac")
    program = child.partition("\nif __name__ ==")[0] + (
        "\nimport os, socket\nlimit({'processor': 5, 'address': 1 << 30})\n"
        "write = lambda: os.open('/tmp/x', 66)\n"
        "for attempt in (lambda: open('/etc/hosts'), os.pipe, write, socket.socket):\n"
        "    try: attempt(); print('did')\n"
        "    except OSError as error: print(error.errno)\n"
    )
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=True, env={}
    )
    assert done.stdout.split() == ["24", "24", "24", "24"]
