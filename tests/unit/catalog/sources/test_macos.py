"""macOS as a source, from output composed after Apple's names. It was not run there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import macos
from proxyenv.decide.direct_routes import read_lists
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from proxyenv.model.findings import SourceSettings

EXCEPTIONS = """\
  ExceptionsList : <array> {
    0 : *.local
    1 : 169.254/16
    2 : git.corp.test
    3 : 10.0.0.0/8
  }
"""
SCOPED = """\
  __SCOPED__ : <dictionary> {
    en0 : <dictionary> {
      ExceptionsList : <array> {
        0 : *.scoped.test
      }
      HTTPEnable : 1
      HTTPPort : 9
      HTTPProxy : scoped.test
    }
  }
"""


def read(*lines: str, blocks: str = "") -> SourceSettings:
    text = "<dictionary> {\n" + blocks + "".join(f"  {line}\n" for line in lines) + "}\n"
    return macos.read(MadeUpMachine(said={"scutil --proxy": text.encode()}, platform="darwin"))


def proxies_of(found: SourceSettings) -> list[tuple[str, str]]:
    return [(kind, each.value) for kind, each in found.proxies]


HTTP = ("HTTPEnable : 1", "HTTPPort : 8080", "HTTPProxy : p.test")


@pytest.mark.parametrize(
    ("lines", "proxies", "direct"),
    [
        pytest.param(("FTPPassive : 1",), [], 0, id="nothing"),
        pytest.param(HTTP, [("http", "p.test:8080")], 0, id="http"),
        pytest.param(
            (*HTTP, "HTTPSEnable : 1", "HTTPSPort : 8081", "HTTPSProxy : q.test"),
            [("http", "p.test:8080"), ("https", "q.test:8081")],
            0,
            id="one for each",
        ),
        pytest.param(("HTTPEnable : 0", *HTTP[1:]), [], 1, id="switched off"),
        pytest.param(HTTP[1:], [], 0, id="nothing says that it is on"),
        pytest.param(
            ("SOCKSEnable : 1", "SOCKSPort : 1080", "SOCKSProxy : s.test"),
            [("all", "socks5://s.test:1080")],
            0,
            id="SOCKS alone",
        ),
    ],
)
def test_proxies(lines: tuple[str, ...], proxies: list[tuple[str, str]], direct: int) -> None:
    found = read(*lines)
    assert (proxies_of(found), len(found.direct)) == (proxies, direct)


def test_what_is_of_one_interface_is_passed_over() -> None:
    assert proxies_of(read(blocks=SCOPED)) == []
    assert read(*HTTP, blocks=SCOPED).no_proxy == ()


def test_exceptions() -> None:
    found = read(*HTTP, "ExcludeSimpleHostnames : 1", blocks=EXCEPTIONS + SCOPED)
    ((_, exceptions),) = read_lists(found)
    assert [str(rule) for rule in exceptions.rules] == [
        ".local",
        "169.254.0.0/16",
        "git.corp.test",
        "10.0.0.0/8",
        "<local>",
    ]
    assert type(exceptions.rules[2]).__name__ == "ExactHost"


def test_a_pac_file_and_discovery() -> None:
    url = "ProxyAutoConfigURLString : http://w.test/p.pac"
    found = read("ProxyAutoConfigEnable : 1", "ProxyAutoDiscoveryEnable : 1", url)
    assert [tuple(each) for each in found.pac] == [
        ("http://w.test/p.pac", "`ProxyAutoConfigURLString` of `scutil --proxy`")
    ]
    assert "--wpad" in found.notes[0].value
    assert read("ProxyAutoConfigEnable : 0", url).pac == ()


def test_a_password_in_the_keychain_is_said() -> None:
    assert [each.value for each in read(*HTTP, "HTTPUser : ada").notes] == [
        "wants a user, whose password is in the keychain"
    ]


@pytest.mark.parametrize("text", ["", "No proxy\n", "<dictionary> {\n" * 50, "}\n}\nHTTPEnable : 1\n"])
def test_other_output_says_nothing(text: str) -> None:
    found = macos.sort_out_scutil(text)
    assert (found.proxies, found.pac, found.direct) == ((), (), ())
