"""A URL where a file is asked for, and a URL that names no host, are refused before anything is read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.commands import VERBS, load_command
from proxyenv.commands.arguments import COMMON, read_arguments
from proxyenv.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import SimpleNamespace

WEB: Final = "https://ada:geheim@files.corp.test/x"
NO_HOST: Final = ("https://[x/y", "http://", "https://a.test:99999/y", "http://a.test:0/y", "https://a b/y")
PLACES: Final = {
    *("--at", "--ca", "--ca-password-file", "--config", "--env-file", "--from", "--manifest", "--pac"),
    *("--prefix", "--proxy-password-file", "--python", "--tools", "--venv"),
    *("DIR", "FILE|DIR|URL", "IMAGE", "URL|FILE"),
}
"""Every option and argument whose value says where something is."""


def list_places() -> list[tuple[str, str, tuple[str, ...]]]:
    """Each option or argument, what it asks for, and the first verb that has it."""
    return list({(flag, kinds): (verb, flag, kinds) for verb, flag, kinds in _list_all()}.values())


def _list_all() -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for verb, (module, _) in reversed(list(VERBS.items())):
        if module:
            for option in {**COMMON, **load_command(verb).options}.values():
                if option.kinds:
                    yield verb, option.flag, option.kinds


def read(verb: str, flag: str, value: str) -> SimpleNamespace:
    filled = [
        next(iter(each.choices), "x")
        for each in load_command(verb).options.values()
        if each.is_positional and each.required and each.flag != flag
    ]
    words = [value] if not flag.startswith("-") else [f"{flag}={value}"]
    return read_arguments([*verb.split(), *words, *filled], ("true",) if verb == "run" else ())[1]


def test_each_is_known() -> None:
    assert {flag for _, flag, _ in list_places()} == PLACES


@pytest.mark.parametrize(("verb", "flag", "kinds"), list_places(), ids=str)
def test_what_cannot_be_meant_is_refused(verb: str, flag: str, kinds: tuple[str, ...]) -> None:
    if "URL" in kinds:
        read(verb, flag, "https://files.corp.test/x")
        for url in NO_HOST:
            with pytest.raises(UsageError, match="names no host that could be asked") as caught:
                read(verb, flag, url)
            assert caught.value.code == "url-invalid"
        return
    if kinds == ("FILE",):
        return  # `test_planted_files.py`
    for url in (WEB, *NO_HOST, "ftp://files.corp.test/x", "file://server/share/x"):
        with pytest.raises(UsageError, match="is a URL, and") as caught:
            read(verb, flag, url)
        assert caught.value.code == "usage"
        assert "geheim" not in caught.value.message


@pytest.mark.parametrize("flag", ["--manifest", "--env-file", "--proxy-password-file"])
@pytest.mark.parametrize("path", ["x", "./x:y", "/x", "C:\\x", "-", "file:///x"])
def test_a_path_stays_one(flag: str, path: str) -> None:
    verb = {"--manifest": "kubernetes", "--env-file": "routes"}.get(flag, "setup")
    name = flag.removeprefix("--").replace("-", "_")
    assert getattr(read(verb, flag, path), name) == path


def test_a_daemon_is_named_like_a_url() -> None:
    assert read("image scan", "IMAGE", "docker://corp/x:1").image == "docker://corp/x:1"


@pytest.mark.parametrize(
    ("option", "message"),
    [
        (
            "--prefix",
            "`--prefix https://files.corp.test/x` is a URL, and a directory of this machine is asked for",
        ),
        (
            "--venv",
            "`--venv https://files.corp.test/x` is a URL, and a directory of this machine is asked for",
        ),
    ],
)
def test_the_message_names_the_option(option: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        read("setup", option, "https://files.corp.test/x")
    assert caught.value.message == message
