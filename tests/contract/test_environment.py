"""What tests see of the machine that they run on."""

from __future__ import annotations

import os

from support.machine import AS_FOUND, HANDED_ON, KEPT_VARIABLES


def test_no_test_sees_the_machine() -> None:
    assert {name for name in os.environ if name.startswith(HANDED_ON)} == set()
    assert set(os.environ) <= KEPT_VARIABLES | {"HOME", "USERPROFILE"}


def test_what_installs_gets_the_machine() -> None:
    assert not any(name.startswith(HANDED_ON) for name in AS_FOUND)
    assert AS_FOUND["PATH"]
