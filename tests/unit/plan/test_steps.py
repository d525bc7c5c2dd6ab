"""Settings in a tool's own file, over what is there: as we left it, written anew by the tool, or edited."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.errors import PlanError
from proxyenv.model.change import FileState
from proxyenv.model.installation import Installation
from proxyenv.model.tools import ToolFile
from proxyenv.plan import steps
from proxyenv.plan.kinds.settings import restore
from support.machines import HOME, make_host

if TYPE_CHECKING:
    from proxyenv.model.receipt import FileEntry
    from proxyenv.plan.kinds.kind import Written

CONDARC: Final = HOME / ".condarc"
CHANNELS: Final = "channels: [a]\n"
HTTP: Final = ("proxy_servers/http", "'http://p:1'")
HTTPS: Final = ("proxy_servers/https", "'http://p:1'")
ANEW: Final = "channels: [a, b]\nproxy_servers: {https: http://p:1, http: http://p:1}\n"


def step(
    text: str, *settings: tuple[str, str], known: tuple[FileEntry, ...] = (), mode: int = 0o644
) -> Written:
    state = FileState(text.encode(), mode)
    ground = steps.Ground(
        make_host().layout,
        Installation(files=MappingProxyType({CONDARC: state})),
        {CONDARC: known} if known else {},
    )
    sensitive = any("secret" in value for _, value in settings)
    return steps._tool_step(ground, ToolFile("conda", CONDARC, "condarc", settings, sensitive=sensitive))


def content(made: Written) -> str:
    assert made.change.after is not None
    return made.change.after.content.decode()


def test_a_file_that_its_tool_wrote_anew_stays_as_it_is_when_it_holds_all() -> None:
    first = step(CHANNELS, HTTP, HTTPS)
    again = step(ANEW, HTTP, HTTPS, known=(first.entry,))
    assert again.change.action == "none"
    assert restore(ANEW, (again.entry, first.entry)) == "channels: [a, b]\n"


def test_a_setting_that_is_wanted_no_longer_goes_from_a_file_that_its_tool_wrote_anew() -> None:
    first = step(CHANNELS, HTTP, HTTPS)
    again = step(ANEW, HTTPS, known=(first.entry,))
    assert content(again) == "channels: [a, b]\nproxy_servers:\n  https: 'http://p:1'\n"


def test_a_value_of_the_users_own_is_taken_back_even_when_it_was_written_anew() -> None:
    first = step("proxy_servers:\n  http: old\n", HTTP)
    assert restore("proxy_servers:\n    http: http://p:1\n", (first.entry,)) == (
        "proxy_servers:\n    http: old\n"
    )


def test_what_would_be_the_same_is_the_users_own_and_stays() -> None:
    text = "proxy_servers:\n  http: http://p:1\n"
    made = step(text, HTTP)
    assert (made.change.action, made.entry.keys) == ("none", ())


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604])
def test_a_password_is_refused_where_others_may_read(mode: int) -> None:
    with pytest.raises(PlanError, match=rf"has mode {mode:04o}") as raised:
        step(CHANNELS, ("proxy_servers/http", "'http://u:secret@p:1'"), mode=mode)
    assert (raised.value.code, "secret" in str(raised.value)) == ("password-refused", False)


def test_a_password_is_written_where_only_its_owner_may_read_and_is_not_shown() -> None:
    made = step(CHANNELS, ("proxy_servers/http", "'http://u:secret@p:1'"), mode=0o600)
    assert "secret" in content(made)
    assert (made.change.sensitive, "secret" in repr(made)) == (True, False)
