"""What the plugin brings into every process that imports Prefect."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import proxyenv


def test_it_brings_nothing_heavy() -> None:
    """Prefect is there already; of ours and of others only what reads three small files."""
    heavy = ("cryptography", "tomlkit", "platformdirs", "truststore", "proxyenv.decide", "proxyenv.checks")
    program = (
        "import sys, prefect.plugins; before = set(sys.modules); import proxyenv.plugin; "
        f"print(sorted(set({heavy!r}) & (set(sys.modules) - before)))"
    )
    root = str(Path(proxyenv.__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={"PYTHONPATH": root, "PREFECT_PLUGINS_ENABLED": "false", "HOME": root},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
