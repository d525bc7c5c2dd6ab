"""Some fifty of the points of `scripts/storm --kills`, at which a verb is killed and somebody goes on."""

from __future__ import annotations

import sys

import pytest

from support.machine import in_ci, require_client
from support.mounts import needs_mounts

if sys.platform == "linux":
    from storms.kills import VERBS, storm

assert sys.platform == "linux"

pytestmark = [in_ci, needs_mounts]


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("setup", 10),
        ("refresh", 6),
        ("rollback", 6),
        ("uninstall", 8),
        ("uninstall --without-receipt", 5),
        ("trust install", 5),
        ("trust remove", 5),
        ("trust install java", 2),
        ("trust remove java", 2),
    ],
)
def test_what_a_killed_verb_leaves_is_taken_back(name: str, most: int) -> None:
    require_client("strace")
    if name.endswith("java"):
        require_client("keytool")
    said: list[str] = []
    (verb,) = (each for each in VERBS if each.name == name)
    came = storm(verb, most=most, tell=said.append)
    assert said == []
    assert (came.killed, came.wrong) == (most, 0)
