"""The tables as a whole: enough rows, of every kind, each with a phrase of its own."""

from __future__ import annotations

import importlib.util
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Final

from support.faults import Fault, Faults

HERE: Final = Path(__file__).parent

KINDS: Final = {
    "Another process is proven",
    "Certificates by name",
    "Exceptions that fall through",
    "Hints that harm",
    "Judged by name, not by form",
    "Limits that differ",
    "NO_PROXY sent it direct",
    "No freshness",
    "No notion of a portal",
    "Nothing is tried before",
    "One good document is enough",
    "Read, never compared",
    "The network itself",
    "What must be proved is read from the file under suspicion",
    "What one verb knows the others keep silent",
    "Whose answer is it?",
}


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
        faults = getattr(module, "FAULTS", ())  # the screens are no table
        assert isinstance(faults, Faults) or path.name == "test_screens.py"
        found += faults
    return tuple(found)


def test_there_are_rows_of_every_kind() -> None:
    counts = Counter(each.kind for each in read_tables())
    assert counts.keys() == KINDS
    assert [kind for kind, count in counts.items() if count < 3] == []
    assert counts.total() >= 150


def test_each_fault_has_a_phrase_of_its_own() -> None:
    assert [name for name, count in Counter(each.id for each in read_tables()).items() if count > 1] == []
    assert [each.id for each in read_tables() if len(each.id.split("-")) < 3] == []


def test_each_row_names_a_cause() -> None:
    assert [each.id for each in read_tables() if not (each.cause or each.warns)] == []


def test_a_dozen_rows_run_everywhere() -> None:
    assert 8 <= len([each for each in read_tables() if each.quick]) <= 16


def test_each_row_that_types_nothing_says_why() -> None:
    """That all commands are typed, every row sees for itself; here is why what stands in a row is not."""
    reasons = [(each.id, why) for each in read_tables() for why in each.untyped.values()]
    assert [name for name, why in reasons if len(why.split()) < 3] == []
    assert len([each for each in read_tables() if each.types]) >= 70
