"""axe-core, which judges how accessible a page is: from npm, by its digest, once into ``.tools``."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from support.machine import AS_FOUND, TOOLS
from support.native_install import require_tools

if TYPE_CHECKING:
    from support.browser import Tab

_LOCKS: Final = Path(__file__).with_name("page_tools")
_NAMES: Final = ("package.json", "package-lock.json")


def find_axe(home: Path) -> str:
    """The script itself; it is installed first where it is not there yet.

    Args:
        home: what npm gets for a home.

    Raises:
        subprocess.CalledProcessError: it cannot be installed.
    """
    digest = hashlib.sha256(b"".join((_LOCKS / name).read_bytes() for name in _NAMES)).hexdigest()[:12]
    script = TOOLS / f"axe-{digest}.js"
    if not script.exists():
        tools = require_tools(home)
        TOOLS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix="axe-", dir=TOOLS) as room:
            _install(Path(room), [tools.node_24, tools.npm])
            Path(room, "node_modules", "axe-core", "axe.min.js").replace(script)  # whole, whoever was first
    return script.read_text("utf-8")


def _install(room: Path, npm: list[str]) -> None:
    for name in _NAMES:
        shutil.copyfile(_LOCKS / name, room / name)
    subprocess.run(
        [*npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"],
        cwd=room,
        env=dict(AS_FOUND),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=True,
    )


def find_violations(tab: Tab, axe: str) -> list[str]:
    """What axe-core has to say against the page in a tab: each rule with the first element that breaks it.

    All of its rules are run, those of WCAG 2.2 AA and its best practices.
    """
    tab.evaluate(f"{axe};0")
    found: dict[str, Any] = json.loads(tab.evaluate("axe.run(document).then(JSON.stringify)"))
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary', '')[:300]}"
        for each in found["violations"]
    ]
