"""Files as the tools themselves write them: what is found in them, and where the tools really go.

Each row says what the tool was told, and by which of two recording proxies it then goes: that of its file,
that of the variables, or neither. ``discover`` and ``routes`` have to say the same.
"""

from __future__ import annotations

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from support.command import proxyenv
from support.configuring import run
from support.machine import AS_FOUND, in_ci, require_client
from support.proxies import ProxyServer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = in_ci

ORIGIN: Final = "https://127.0.0.2:9"
"""Where nobody listens: an answer is not needed, and none is waited for."""

FILE, VARIABLES, DIRECT = "file", "variables", "direct"


class Both(NamedTuple):
    """The proxy that a file names, and the one that the variables name."""

    file: ProxyServer
    variables: ProxyServer

    def used(self, ask: Callable[[], object]) -> str:
        """Which of them is asked for the origin meanwhile."""
        before = [len(each.connects()) for each in self]
        ask()
        names = [
            name
            for name, proxy, known in zip((FILE, VARIABLES), self, before, strict=True)
            if any(target.startswith("127.0.0.2") for target in proxy.connects()[known:])
        ]
        return " and ".join(names) or DIRECT


@pytest.fixture(scope="module")
def both() -> Iterator[Both]:
    with ExitStack() as stack:
        yield Both(stack.enter_context(ProxyServer()), stack.enter_context(ProxyServer()))


GIT: Final = ("git", "ls-remote", f"{ORIGIN}/x.git")
NPM: Final = ("npm", "view", "x", f"--registry={ORIGIN}/", "--fetch-retries=0")
PIP: Final = (sys.executable, "-m", "pip", "download", "--retries=0", "--no-deps", "-i", ORIGIN, "absent")
CURL: Final = ("curl", "-sS", ORIGIN)
WGET: Final = ("wget", "-q", "-O-", "--tries=1", ORIGIN)
GIT_CONFIG: Final = ("git", "config", "--global")
NPM_CONFIG: Final = ("npm", "config", "set")
PIP_CONFIG: Final = (sys.executable, "-m", "pip", "config", "--user", "set", "global.proxy")


@pytest.mark.parametrize(
    ("client", "asked", "told", "way", "found"),
    [
        pytest.param("git", GIT, (*GIT_CONFIG, "http.proxy", "{proxy}"), FILE, True, id="git"),
        pytest.param("git", GIT, (*GIT_CONFIG, "http.proxy", ""), DIRECT, False, id="git, off"),
        pytest.param(
            "git", GIT, (*GIT_CONFIG, f"http.{ORIGIN}.proxy", ""), DIRECT, False,
            id="git, off for one host",
        ),
        pytest.param(
            "git", GIT, (*GIT_CONFIG, "http.https://other.test.proxy", ""), VARIABLES, False,
            id="git, off for another host",
        ),
        pytest.param("npm", NPM, (*NPM_CONFIG, "https-proxy={proxy}"), FILE, True, id="npm"),
        pytest.param("npm", NPM, (*NPM_CONFIG, "noproxy=127.0.0.2"), DIRECT, False, id="npm, a list"),
        pytest.param("pip", PIP, (*PIP_CONFIG, "{proxy}"), FILE, True, id="pip"),
        pytest.param("curl 8", CURL, (".curlrc", 'proxy = "{proxy}"\n'), FILE, True, id="curl"),
        pytest.param("curl 8", CURL, (".curlrc", 'proxy = ""\n'), DIRECT, False, id="curl, empty"),
        pytest.param("curl 8", CURL, (".curlrc", 'noproxy = "*"\n'), DIRECT, False, id="curl, off"),
        pytest.param("curl 8", CURL, (".curlrc", 'noproxy = "a.test"\n'), VARIABLES, False, id="curl, list"),
        pytest.param("wget", WGET, (".wgetrc", "https_proxy = {proxy}\n"), FILE, True, id="wget"),
        pytest.param("wget", WGET, (".wgetrc", "use_proxy = off\n"), DIRECT, False, id="wget, off"),
        pytest.param("wget", WGET, (".wgetrc", "no_proxy = 127.0.0.2\n"), DIRECT, False, id="wget, a list"),
    ],
)  # fmt: skip
def test_a_tool_goes_where_routes_says(  # noqa: PLR0917 - a row of the table
    tmp_path: Path,
    both: Both,
    client: str,
    asked: tuple[str, ...],
    told: tuple[str, ...],
    way: str,
    found: bool,
) -> None:
    words = tuple(word.format(proxy=both.file.url) for word in told)
    program = asked[0] if asked[0].startswith("/") else require_client(asked[0])
    kept = {"PATH": AS_FOUND["PATH"]}
    if words[0].startswith("."):
        (tmp_path / words[0]).write_text(words[1])
    else:
        done = run(
            tmp_path, words[0] if words[0].startswith("/") else require_client(words[0]), *words[1:], **kept
        )
        assert done.returncode == 0, done.stderr
    variables = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), both.variables.url)
    assert both.used(lambda: run(tmp_path, program, *asked[1:], **variables, **kept)) == way

    said = proxyenv("routes", f"{ORIGIN}/", "--output", "json", home=tmp_path, **variables, **kept)
    rows = {row["client"]: row for row in json.loads(said.out)["data"]["routes"]}
    via = {FILE: both.file.url, VARIABLES: both.variables.url, DIRECT: None}[way]
    assert rows[client]["via"] == via

    seen = proxyenv("discover", "--output", "json", home=tmp_path, **kept).json["data"]
    proposed = [
        each for each in seen["proxies"] if each["use"] == "proposed" and each["url"] == both.file.url
    ]
    assert bool(proposed) is found
    assert all(str(tmp_path) in each["provenance"] and ", line " in each["provenance"] for each in proposed)
