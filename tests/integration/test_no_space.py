"""A disk that refuses, for every verb: what it was to write is not written, nothing is lost, and it is said.

The rows are a command line of every verb, so a new verb cannot escape. Whatever a verb is, on a disk that is
full, has no room for another file, is read-only or keeps all from being changed (`chattr`), it either does
what it does elsewhere, or it is refused and leaves the home and the server as they were.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
import trustme

from support.child import in_child
from support.command import environment_of, proxyenv
from support.every_verb import POOL, Row, find_missing, list_rows, make_inputs
from support.machine import in_ci
from support.mounts import mount, needs_mounts, own_mounts, unmount
from support.origins import OriginServer, server_context
from support.pool_runs import ask, read_template
from support.pool_templates import usual_templates
from support.proxies import ProxyServer
from support.receivers import Receiver, make_block
from support.servers import start_server
from support.tree import snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from prefect.client.orchestration import PrefectClient

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Linux mounts in a namespace"),
    in_ci,
    needs_mounts,
    pytest.mark.timeout(1200),
]

PROMPT: Final = {
    "PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS": "1",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
}
"""`pool watch` waits a minute for the first run, which a loaded server at its usual pace may not keep."""

WRITE_TO_A_SERVER: Final = {"pool watch"}
"""Verbs that change a server alone, so that no disk of this machine can refuse them."""


class Servers(NamedTuple):
    """What the verbs reach.

    Args:
        api: of a Prefect server.
        proxy: the URL of an intercepting proxy.
    """

    api: str
    proxy: str

    def read(self) -> str:
        """What is kept of the work pool."""
        return json.dumps(read_template(self.api, POOL))


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    root = tmp_path_factory.mktemp("servers")
    public, corporate = trustme.CA(), trustme.CA(organization_name="Corp Root")
    with (
        OriginServer(server_context(public, "origin.corp.test")) as origin,
        ProxyServer(ca=corporate, origin_ca=public, names={"origin.corp.test:443": origin.address}) as proxy,
        Receiver() as receiver,
        start_server(root, environment=environment_of(root, **PROMPT)) as server,
    ):
        threading.Thread(target=receiver.serve_forever, daemon=True).start()
        server.wait()
        api = f"http://127.0.0.1:{server.port}/api"
        ask(api, make_pool)
        ask(api, partial(make_block, name="alerts", url=receiver.url))
        yield Servers(api, proxy.url)
        receiver.shutdown()


async def make_pool(client: PrefectClient) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    template = usual_templates()[POOL]
    await client.create_work_pool(WorkPoolCreate(name=POOL, type=POOL, base_job_template=template))


@contextlib.contextmanager
def full(home: Path, pages: int = 0) -> Iterator[str]:
    """No block is free, or only a few pages."""
    (home / "ballast").write_bytes(bytes(shutil.disk_usage(home).free - 4096 * pages))
    yield "no-space"
    (home / "ballast").unlink()


@contextlib.contextmanager
def full_of_files(home: Path) -> Iterator[str]:
    """There is room in files, and none for another file."""
    (home / "ballast").mkdir()
    with contextlib.suppress(OSError):
        for number in range(100_000):
            (home / "ballast" / str(number)).touch()
    yield "no-space"
    shutil.rmtree(home / "ballast")


@contextlib.contextmanager
def read_only(home: Path) -> Iterator[str]:
    """Nothing can be written."""
    mount("--bind", str(home), str(home))
    mount("-o", "remount,ro,bind", str(home))
    yield "read-only"
    unmount(str(home))


@contextlib.contextmanager
def immutable(home: Path) -> Iterator[str]:
    """Root may not change any file or directory either."""
    yield from keep("i", home)


@contextlib.contextmanager
def append_only(home: Path) -> Iterator[str]:
    """Files may come and grow, and nothing else."""
    yield from keep("a", home)


def keep(letter: str, home: Path) -> Iterator[str]:
    program = shutil.which("chattr") or "chattr"
    subprocess.run((program, "-R", f"+{letter}", home), check=True, capture_output=True)
    yield "read-only"
    subprocess.run((program, "-R", f"-{letter}", home), check=True, capture_output=True)


States = tuple["Callable[[Path], AbstractContextManager[str]]", ...]
REFUSING: Final[States] = (full, full_of_files, read_only, immutable, append_only)
USUAL: Final[States] = (full, read_only)
"""For verbs that write nothing."""


def look(home: Path) -> dict[str, object]:
    """Everything but what was put there to fill the disk, and what programs said of their versions."""
    return {name: node for name, node in snapshot(home).items() if not name.startswith((".cache", "ballast"))}


def find_changed(before: dict[str, object], now: dict[str, object]) -> list[str]:
    """What differs, by name alone."""
    names = sorted({*before, *now})
    return [f"{name} is changed" for name in names if before.get(name) != now.get(name)]


def test_every_verb_has_a_row() -> None:
    assert find_missing(list_rows("", "")) == set()


def test_every_verb_that_writes_is_refused_and_leaves_all_as_it_is(tmp_path: Path, servers: Servers) -> None:
    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=6m,nr_inodes=2000,mode=700", "none", str(tmp_path))
        make_inputs(tmp_path)
        (tmp_path / ".cache").mkdir()
        return json.dumps([said for row in list_rows(*servers) for said in drive(row, tmp_path, servers)])

    assert json.loads(in_child(act)) == []


def drive(row: Row, home: Path, servers: Servers) -> Iterator[str]:
    """What is wrong with a verb on each disk, and without trouble then."""
    row.prepare(home)
    states = REFUSING if row.writes and row.verb not in WRITE_TO_A_SERVER else USUAL
    tried = [(state.__name__, *drive_on(row, state, home, servers)) for state in states]
    ran = proxyenv(*row.words, home=home)
    if "error[" in ran.err:
        yield f"`{' '.join(row.words)}`: {ran.status}, {ran.err[-300:]}"
    for name, status, wrong in tried:
        refused = status == 3
        if wrong or refused != (row.writes and row.verb not in WRITE_TO_A_SERVER):
            yield f"`{' '.join(row.words)}`, {name}: {status}, {', '.join(wrong)}"
        elif not refused and status != ran.status:
            yield f"`{' '.join(row.words)}`, {name}: {status}, and {ran.status} elsewhere"


def drive_on(
    row: Row, state: Callable[[Path], AbstractContextManager[str]], home: Path, servers: Servers
) -> tuple[int, list[str]]:
    """The exit status on such a disk, and what is wrong."""
    before, kept = look(home), servers.read()
    with state(home) as code:
        ran = proxyenv(*row.words, home=home)
    wrong = [] if servers.read() == kept else ["the work pool is changed"]
    wrong += find_changed(before, look(home))
    told = f"error[{code}]" in ran.err and "nothing was changed" in ran.err
    if "Traceback" in ran.err or ("error[" in ran.err and not told):
        wrong.append(ran.err[-400:])
    return ran.status, wrong


def test_a_disk_that_fills_while_a_trust_store_is_changed(tmp_path: Path) -> None:
    """The tool takes the room that the way back would need."""

    def act() -> str:
        own_mounts()
        mount("-t", "tmpfs", "-o", "size=6m,mode=700", "none", str(tmp_path))
        make_inputs(tmp_path)
        (tmp_path / ".cache").mkdir()
        assert proxyenv(*SET_UP, home=tmp_path).status == 0
        ran = [install_in(pages, tmp_path) for pages in range(40)]
        return json.dumps([number for number, status in enumerate(ran) if status != 3])

    enough: list[int] = json.loads(in_child(act))
    assert len(enough) < 30, "the disk was hardly ever full"
    assert enough == list(range(40 - len(enough), 40))


SET_UP: Final = ("setup", "--proxy", "localhost:9", "--ca", "one.pem", "--no-check", "--no-derive", "--yes")
NSS: Final = ("--store", "nss", "--yes")


def install_in(pages: int, home: Path) -> int:
    """The status of `trust install` where so many pages are free: all is as before, or done."""
    before = look(home)
    with full(home, pages):
        ran = proxyenv("trust", "install", *NSS, home=home)
    if ran.status == 0:
        assert proxyenv("trust", "remove", *NSS, home=home).status == 0
    assert "Traceback" not in ran.err
    assert find_changed(before, look(home)) == [], f"{pages} pages: {ran.err[-400:]}"
    return ran.status


def test_standard_output_that_is_full_is_said_by_every_verb(tmp_path: Path, servers: Servers) -> None:
    make_inputs(tmp_path)
    assert [said for row in list_rows(*servers) for said in print_in_vain(row, tmp_path)] == []


def print_in_vain(row: Row, home: Path) -> Iterator[str]:
    """What is wrong with a verb whose output has no room; one that writes prints nothing but JSON."""
    row.prepare(home)
    before = look(home)
    for output in ("json",) if row.writes else row.list_outputs():
        words = (*row.words, *(("--output", output) if output != "text" else ()))
        ran = proxyenv_to_full(words, home)
        done = f"; what `{row.verb}` had to change is changed" if row.writes else ""
        said = f"error[no-space]: `standard output` cannot be used: no space left on device{done}\n"
        if row.verb in WRITE_TO_A_SERVER:
            said = said.replace(done, "")
        if ran.returncode != 3 or ran.stderr.count("error[") != 1 or said not in ran.stderr:
            yield f"`{' '.join(words)}`: {ran.returncode}, {ran.stderr[-400:]}"
        if "Traceback" in ran.stderr:
            yield f"`{' '.join(words)}`: {ran.stderr}"
    changed = look(home) != before
    if changed and not row.writes:
        yield f"`{' '.join(row.words)}` changed something"


def proxyenv_to_full(words: tuple[str, ...], home: Path) -> Any:
    with open("/dev/full", "wb") as nowhere:  # noqa: PTH123 - a device
        return subprocess.run(
            [sys.executable, "-m", "proxyenv", *words],
            cwd=home,
            env=environment_of(home, PYTHONPATH=sys.path[0]),
            stdin=subprocess.DEVNULL,
            stdout=nowhere,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
