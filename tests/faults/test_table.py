"""The tables as a whole: enough rows, of every kind, each with a phrase of its own."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from support.faults import Fault, Faults

HERE: Final = Path(__file__).parent


@cache
def read_tables() -> tuple[Fault, ...]:
    found: list[Fault] = []
    for path in sorted(HERE.glob("test_*.py")):
        if path == Path(__file__):
            continue
        spec = importlib.util.spec_from_file_location(f"table_of_{path.stem}", path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert isinstance(module.FAULTS, Faults)
        found += module.FAULTS
    return tuple(found)


def test_each_fault_has_a_phrase_of_its_own() -> None:
    assert [name for name, count in Counter(each.id for each in read_tables()).items() if count > 1] == []
    assert [each.id for each in read_tables() if len(each.id.split("-")) < 3] == []


def test_each_row_names_a_cause_and_wants_something_said_or_done() -> None:
    vague = [each.id for each in read_tables() if not (each.says or each.types or each.does)]
    assert vague == []
    assert [each.id for each in read_tables() if not (each.cause or each.warns)] == []


def test_a_dozen_rows_run_everywhere() -> None:
    assert 4 <= len([each for each in read_tables() if each.quick]) <= 16
