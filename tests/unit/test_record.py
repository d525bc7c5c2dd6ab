"""Our named tuples are used as those of `typing` are."""

from __future__ import annotations

import copy
import pickle
import typing

import pytest

from proxyenv import record


class Ours(record.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    label: str = ""

    @property
    def total(self) -> int:
        return self.x + self.y


class Theirs(typing.NamedTuple):
    """A point."""

    x: int
    y: int = 2
    label: str = ""

    @property
    def total(self) -> int:
        return self.x + self.y


BOTH = pytest.mark.parametrize("point", [pytest.param(Ours, id="ours"), pytest.param(Theirs, id="typing")])


@BOTH
def test_a_value_is_made_and_read(point: typing.Any) -> None:
    value = point(1, label="a")
    assert (value.x, value.y, value.label, value.total) == (1, 2, "a", 3)
    assert value == (1, 2, "a") == tuple(value)
    assert hash(value) == hash((1, 2, "a"))
    assert isinstance(value, tuple)
    assert value < point(1, 3)
    assert point._make((1, 2, "a")) == point(x=1, label="a") == value
    assert repr(value) == f"{point.__name__}(x=1, y=2, label='a')"


@BOTH
def test_a_value_becomes_another(point: typing.Any) -> None:
    value = point(1)
    assert value._replace(y=5) == point(1, 5)
    assert type(value._replace(y=5)) is point
    assert value._asdict() == {"x": 1, "y": 2, "label": ""}
    assert point._fields == ("x", "y", "label")
    assert point._field_defaults == {"y": 2, "label": ""}
    assert copy.deepcopy(value) == pickle.loads(pickle.dumps(value)) == value  # noqa: S301 - our own


@BOTH
def test_a_value_is_matched(point: typing.Any) -> None:
    match point(1, 7):
        case Ours(1, label="") | Theirs(1, label="") as found:
            assert found.y == 7
        case _:
            pytest.fail("it does not match")


@BOTH
@pytest.mark.parametrize(
    ("values", "named"),
    [
        pytest.param((), {}, id="one is missing"),
        pytest.param((1, 2, "", 3), {}, id="too many"),
        pytest.param((1,), {"x": 1}, id="one twice"),
        pytest.param((1,), {"z": 1}, id="one that it has not"),
    ],
)
def test_wrong_arguments_are_refused(
    point: typing.Any, values: tuple[int, ...], named: dict[str, int]
) -> None:
    with pytest.raises(TypeError):
        point(*values, **named)


@BOTH
def test_a_value_cannot_be_changed(point: typing.Any) -> None:
    value = point(1)
    for name in ("x", "z"):
        with pytest.raises(AttributeError):
            setattr(value, name, 2)
    with pytest.raises((TypeError, ValueError)):
        value._replace(z=1)
