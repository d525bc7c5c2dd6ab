"""The workers of other work pools than Prefect's own, in an environment of their own, for CI alone.

The clients of three clouds come with them: half a gigabyte, which no other test needs.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from support.command import environment_of
from support.environments import CLONE
from support.machine import TOOLS, give_up
from support.other_pythons import ensure_locked, find_locked

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ask_pool_workers", "ensure_pool_workers", "require_pool_workers"]

LOCK: Final = CLONE / "requirements-pools.lock"
_NAME: Final = f"pools-{sys.version_info[0]}.{sys.version_info[1]}"


def ensure_pool_workers(tools: Path, *, machine: Mapping[str, str]) -> Path | None:
    """The Python of the environment, made once and kept.

    Args:
        tools: where it is kept.
        machine: the environment for pip.
    """
    once = {**machine, "PIP_NO_COMPILE": "1"}  # most of it is never imported
    return ensure_locked(LOCK, _NAME, lambda: sys.executable, tools, machine=once)


def require_pool_workers() -> Path:
    """The same, or give up: only ``scripts/test`` makes it, and only where ``CI`` is set."""
    found = find_locked(LOCK, _NAME, TOOLS)
    if found is None:
        give_up("the workers of other work pools are not installed: `CI=true scripts/test` does it")
    return found


def ask_pool_workers(question: Mapping[str, Any], home: Path, **variables: str) -> dict[str, Any]:
    """Ask the workers' own code what it would submit.

    Args:
        question: type of work pool to ``template`` and ``values``; without them its usual template is asked.
        home: of the worker's user.
        variables: that the worker's shell has set.
    """
    done = subprocess.run(
        [str(require_pool_workers()), "-m", "support.submit_jobs"],
        input=json.dumps(question),
        env=environment_of(home, PYTHONPATH=str(Path(__file__).parents[1]), **variables),
        cwd=home,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer
