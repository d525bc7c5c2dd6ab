"""Results become JSON, and exit statuses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import PurePosixPath

import pytest

from proxyenv.cli import run
from proxyenv.commands import VERBS, load_command
from proxyenv.commands.command import Reply, leaves_out, to_data
from proxyenv.commands.demo import DemoResult, DemoStep


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Inner:
    path: PurePosixPath
    colour: Colour


@leaves_out("report")
@dataclass(frozen=True)
class Outer:
    items: tuple[Inner, ...]
    reasons: dict[str, Inner]
    seconds: float
    nothing: str | None
    report: tuple[str, ...] | None = None


def test_a_result_is_an_object_with_its_fields_in_order() -> None:
    inner = Inner(PurePosixPath("/a"), Colour.RED)
    data = to_data(Outer((inner,), {"go": inner}, 1.23456, None, ("x",)))
    assert list(data) == ["items", "reasons", "seconds", "nothing", "report"]
    assert data == {
        "items": [{"path": "/a", "colour": "red"}],
        "reasons": {"go": {"path": "/a", "colour": "red"}},
        "seconds": 1.235,
        "nothing": None,
        "report": ["x"],
    }


def test_only_a_field_declared_so_is_left_out() -> None:
    assert list(to_data(Outer((), {}, 0.0, None))) == ["items", "reasons", "seconds", "nothing"]


def test_the_data_of_the_demonstration() -> None:
    result = DemoResult((DemoStep("fetch", ok=True, detail="seen"),))
    assert to_data(result) == {"steps": [{"name": "fetch", "ok": True, "detail": "seen"}]}


def test_an_error_is_json_only_where_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--format", "json", "--bogus"]) == 2
    assert capsys.readouterr().out == ""
    assert run(["status", "--output", "json", "--bogus"]) == 2
    assert '"code": "usage"' in capsys.readouterr().out


def test_a_client_and_a_format_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["env", "--client", "curl", "--format", "json"]) == 2
    assert capsys.readouterr().err == (
        "error[usage]: `--format` does not go with `--client`\n\nhint: leave one of the two out\n"
    )


@pytest.mark.parametrize(
    ("reply", "code"),
    [
        pytest.param(Reply(None), 0, id="ok"),
        pytest.param(Reply(None, status="changed"), 0, id="changed"),
        pytest.param(Reply(None, status="failed"), 1, id="failed"),
        pytest.param(Reply(None, status="changed", code=1), 1, id="said otherwise"),
    ],
)
def test_the_exit_status(reply: Reply, code: int) -> None:
    assert reply.exit_code == code


@pytest.mark.parametrize("verb", [verb for verb, (module, _) in VERBS.items() if module])
def test_every_verb_has_a_module_that_answers_it(verb: str) -> None:
    assert callable(load_command(verb).run)
