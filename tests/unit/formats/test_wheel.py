"""A wheel that pip takes, and that is the same whenever it is made; lists of digests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final

from proxyenv.formats.checksums import parse_checksums, render_checksums
from proxyenv.formats.wheel import Wheel

WHEEL: Final = Wheel(
    name="two-words",
    version="1.2",
    summary="a test",
    requires_python=">=3.10",
    entry_points={"some.group": ("here", "two_words")},
    modules={"two_words/__init__.py": "ANSWER = 42\n", "two_words/more.py": "# ü\n"},
)


def test_equal_sources_give_equal_bytes() -> None:
    turned = dict(sorted(WHEEL.modules.items(), reverse=True))
    assert WHEEL._replace(modules=turned).render() == WHEEL.render()


def test_pip_installs_it(tmp_path: Path) -> None:
    wheel = tmp_path / WHEEL.file_name
    wheel.write_bytes(WHEEL.render())
    target = tmp_path / "site"
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps", f"--target={target}"]
    subprocess.run([*pip, str(wheel)], check=True)
    ask = (
        "from importlib import metadata as m, import_module; "
        "(e,) = m.entry_points(group='some.group'); print(e.name, e.load().ANSWER, m.version('two-words'))"
    )
    said = subprocess.run(
        [sys.executable, "-c", ask],
        env={"PYTHONPATH": str(target)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert said.stdout == "here 42 1.2\n"


def test_a_list_of_digests_is_read_as_it_is_written() -> None:
    digests = {"b/ü c": "0" * 64, "a": "f" * 64}
    text = render_checksums(digests)
    assert text == f"{'f' * 64}  a\n{'0' * 64}  b/ü c\n"
    assert parse_checksums(f"a comment\n{text}\n") == digests
