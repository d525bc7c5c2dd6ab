from __future__ import annotations

import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

CLONE = Path(__file__).parents[3]


def test_the_lowest_lock_holds_each_library_at_its_bound() -> None:
    project = tomllib.loads((CLONE / "pyproject.toml").read_text("utf-8"))["project"]
    texts = [
        *project["dependencies"],
        *(text for extra in project["optional-dependencies"].values() for text in extra),
    ]
    bounds = {canonicalize_name(each.name): find_bound(each) for each in map(Requirement, texts)}
    lock = (CLONE / "requirements-lowest.lock").read_text("utf-8")
    locked = dict(re.findall(r"^([a-z0-9-]+)==([0-9.]+)", lock, re.MULTILINE))
    assert {name for name in bounds if not f"{locked.get(name)}.".startswith(f"{bounds[name]}.")} == set()
    assert locked.keys() == bounds.keys()


def find_bound(requirement: Requirement) -> str:
    """What its version is at least."""
    return next(each.version for each in requirement.specifier if each.operator == ">=")
