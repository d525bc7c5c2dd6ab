"""A receipt that somebody else wrote: nothing that it names is run, written or removed.

Root is the victim. Each forgery lies in a home that was set up, in a mount namespace of its own, where the
home is a copy and directories of the system are overlaid, which shows whatever is written into them.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

from proxyenv.formats.pth import HOOK_FILE
from support.forging import (
    DIGEST,
    Receipt,
    World,
    chown,
    entry,
    find_changes,
    give_away,
    keep,
    make_world,
    the_home_of_somebody_else,
)
from support.machine import in_ci
from support.mounts import needs_mounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = needs_mounts

APT: Final = "/etc/apt/apt.conf.d/95proxyenv"
UNINSTALL: Final = ("uninstall", "--yes")
WITHOUT: Final = ("uninstall", "--without-receipt", "--yes")
REFRESH: Final = ("refresh", "--yes", "--no-check")
OTHERS: Final = (
    ("rollback", "--yes"),
    REFRESH,
    ("setup", "--yes", "--no-check", "--proxy", "localhost:12"),
    ("trust", "remove", "--yes"),
    ("on", "--yes"),
)

FORGERIES: list[Callable[[World, Receipt], None]] = []


def forgery(act: Callable[[World, Receipt], None]) -> Callable[[World, Receipt], None]:
    FORGERIES.append(act)
    return act


def inserted(path: Path, grammar: str = "npmrc", **fields: Any) -> Receipt:
    """An entry whose way back puts a line of the forger's at the start of a file."""
    hunks = [{"start": 0, "length": 0, "lines": ["evil\n"]}]
    return entry(path, "settings", created=False, hunks=hunks, grammar=grammar, **fields)


def store(world: World, kind: str, family: str, place: Path, **fields: Any) -> Receipt:
    evil = str(world.evil)
    record = {"kind": kind, "family": family, "place": str(place), "title": "a store", "tool": evil}
    more: Receipt = {"lack": None, "openssl": evil, "bundle": None, "keytool": evil, "witnesses": []}
    certificates = [{"fingerprint": DIGEST, "pem": "x", "path": None}]
    return {"store": {**record, **more}, "certificates": certificates, "witnesses": [], **fields}


def copied(world: World, content: str) -> str:
    """What a forged witness would put back lies beside the receipt, under its digest."""
    digest = hashlib.sha256(content.encode()).hexdigest()
    (world.state / f"store-{digest[:32]}.before").write_text(content)
    return digest


def witness(world: World, path: Path) -> Receipt:
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    return {"path": str(path), "before": copied(world, "evil\n"), "after": now}


@forgery
def the_tool_of_a_database_that_is_none(world: World, receipt: Receipt) -> None:
    place = world.write("around/nssdb/cert9.db").parent
    receipt["stores"] = [store(world, "nss", "nss", place)]


@forgery
def the_tool_of_a_database_of_the_home(world: World, receipt: Receipt) -> None:
    place = world.write("home/.pki/nssdb/cert9.db").parent
    receipt["stores"] = [store(world, "nss", "nss", place)]


@forgery
def the_tools_of_the_system_store(world: World, receipt: Receipt) -> None:
    receipt["stores"] = [store(world, "system", "debian", Path("/usr/local/share/ca-certificates"))]


@forgery
def a_system_store_somewhere_else(world: World, receipt: Receipt) -> None:
    world.write(f"around/anchors/proxyenv-{DIGEST[:16]}.crt")
    receipt["stores"] = [store(world, "system", "fedora", world.around / "anchors")]


@forgery
def a_system_store_in_a_place_that_is_not_there(world: World, receipt: Receipt) -> None:
    receipt["stores"] = [store(world, "system", "debian", world.around / "nowhere")]


@forgery
def a_jdk_that_is_none(world: World, receipt: Receipt) -> None:
    place = world.write("around/jdk/lib/security/cacerts")
    receipt["stores"] = [store(world, "java", "java", place)]


@forgery
def a_store_of_another_system(world: World, receipt: Receipt) -> None:
    receipt["stores"] = [store(world, "system", "windows", Path("Root"))]


@forgery
def a_store_of_no_family(world: World, receipt: Receipt) -> None:
    receipt["stores"] = [store(world, "system", "plan9", Path("/lib/ndb"))]


@forgery
def a_file_that_a_store_would_put_back(world: World, receipt: Receipt) -> None:
    place = world.write("home/.pki/nssdb/cert9.db").parent
    keys = world.write("home/.ssh/authorized_keys")
    receipt["stores"] = [store(world, "nss", "nss", place, witnesses=[witness(world, keys)])]


@forgery
def a_file_of_the_system_that_a_store_would_put_back(world: World, receipt: Receipt) -> None:
    place, path = Path("/usr/local/share/ca-certificates"), Path("/etc/passwd")
    receipt["stores"] = [store(world, "system", "debian", place, witnesses=[witness(world, path)])]


@forgery
def a_copy_that_is_not_what_was_copied(world: World, receipt: Receipt) -> None:
    database = world.write("home/.pki/nssdb/cert9.db")
    of_evil = witness(world, database)
    kept = world.state / f"store-{of_evil['before'][:32]}.before"
    kept.write_text("something else\n")
    receipt["stores"] = [store(world, "nss", "nss", database.parent, witnesses=[of_evil])]


@forgery
def a_file_around_that_we_own(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(world.write("around/keep.txt"), "owned"))


@forgery
def a_file_of_the_home_that_we_own(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(world.write("home/notes.txt"), "owned"))


@forgery
def a_file_of_the_system_that_we_own(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(Path("/etc/passwd"), "owned"))


@forgery
def an_env_file_of_another_program(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(world.write("home/project/env.sh"), "owned"))


@forgery
def an_env_file_of_another_user(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(world.write("around/proxyenv/env.sh"), "owned"))


@forgery
def a_directory_that_we_own(world: World, receipt: Receipt) -> None:
    place = world.write("home/project/main.py").parent
    content = b"0644 5 main.py\nkeep\n"
    digest = hashlib.sha256(content).hexdigest()
    receipt["entries"].append(entry(place, "tree", digest=digest, mode=0o755))


@forgery
def a_file_beside_the_libraries_of_a_python(world: World, receipt: Receipt) -> None:
    path = world.write("around/venv/lib/python3.11/site-packages/sitecustomize.py")
    receipt["entries"].append(entry(path, "owned"))


@forgery
def our_file_where_no_python_has_its_libraries(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(entry(world.write(f"around/{HOOK_FILE}"), "owned"))


@forgery
def a_directory_for_the_libraries_of_no_python(world: World, receipt: Receipt) -> None:
    place = world.around / "empty/site-packages"
    place.mkdir(parents=True)
    receipt["entries"].append(entry(place / HOOK_FILE, "owned"))
    receipt["directories"] += [str(place.parent), str(place)]


@forgery
def what_a_killed_run_left_in_a_directory_of_nobody(world: World, receipt: Receipt) -> None:
    world.write("around/empty.proxyenv-tmp")
    receipt["directories"].append(str(world.around / "empty"))


@forgery
def a_block_in_a_file_of_the_system(world: World, receipt: Receipt) -> None:
    path = Path("/etc/profile")
    path.write_text("# >>> proxyenv >>>\n. /etc/proxyenv/env.sh\n# <<< proxyenv <<<\n")
    receipt["entries"].append(entry(path, "block", created=False))


@forgery
def a_line_in_the_keys_of_the_home(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(inserted(world.write("home/.ssh/authorized_keys")))


@forgery
def a_line_in_the_rc_file(world: World, receipt: Receipt) -> None:
    receipt["entries"] = [
        inserted(world.home / ".bashrc") if each["path"].endswith("/.bashrc") else each
        for each in receipt["entries"]
    ]


@forgery
def a_line_in_a_file_of_the_system(world: World, receipt: Receipt) -> None:
    receipt["entries"].append(inserted(Path("/etc/sudoers.d/README")))


@forgery
def keys_of_a_file_that_is_not_prefects(world: World, receipt: Receipt) -> None:
    path = world.write("around/settings.toml", 'name = "keep"\n')
    key = {"key": "active", "earlier": '"evil"', "written": "keep"}
    receipt["entries"].append(entry(path, "keys", profile="x", keys=[key], created=False))


@forgery
def a_file_that_the_journal_before_names(world: World, receipt: Receipt) -> None:
    before = {**receipt, "entries": [entry(world.write("around/keep.txt"), "owned")]}
    receipt.update(state="applying", previous=before)


@forgery
def a_file_that_a_rollback_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "replaced", world.write("home/.ssh/authorized_keys"), b"evil\n", kind="settings")


@forgery
def a_file_around_that_a_rollback_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "replaced", world.write("around/keep.txt"), b"evil\n")


@forgery
def a_file_with_a_block_that_a_rollback_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "replaced", world.write("home/.ssh/authorized_keys"), b"evil\n", kind="block")


@forgery
def a_file_that_switching_on_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "off", world.write("home/.ssh/authorized_keys"), b"evil\n", kind="settings")


@forgery
def a_file_around_that_switching_on_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "off", world.around / "sudoers.d/evil", b"evil\n", owner=[0, 0], mode=0o440)


@forgery
def a_file_with_a_block_that_switching_on_would_restore(world: World, receipt: Receipt) -> None:
    keep(world, receipt, "off", world.write("home/.ssh/authorized_keys"), b"evil\n", kind="block")


@forgery
def a_program_that_a_rollback_would_let_run_as_root(world: World, receipt: Receipt) -> None:
    path = world.home / ".config/proxyenv/env.sh"
    keep(world, receipt, "replaced", path, b"evil\n", owner=[0, 0], mode=0o6755)


@forgery
def a_program_that_switching_on_would_let_run_as_root(world: World, receipt: Receipt) -> None:
    path = world.home / ".config/proxyenv/env.sh"
    keep(world, receipt, "off", path, b"evil\n", owner=[0, 0], mode=0o6755)


@forgery
def a_directory_with_a_program_that_would_run_as_root(world: World, receipt: Receipt) -> None:
    certs = world.home / ".local/share/proxyenv/certs"
    content = b"6755 5 %s\nevil\n" % next(certs.iterdir()).name.encode()
    keep(world, receipt, "replaced", certs, content, kind="tree", owner=[0, 0], mode=0o6755)


@forgery
def a_directory_with_a_file_outside_of_it(world: World, receipt: Receipt) -> None:
    certs = world.home / ".local/share/proxyenv/certs"
    name = "../../../../../around/cron.d/evil"
    world.write("around/cron.d/keep")
    keep(world, receipt, "replaced", certs, f"0644 5 {name}\nevil\n".encode(), kind="tree", mode=0o755)


@forgery
def a_file_through_a_directory_that_leads_elsewhere(world: World, receipt: Receipt) -> None:
    world.write("around/proxyenv/env.sh")
    (world.home / "linked").symlink_to(world.around)
    path = world.home / "linked/proxyenv/env.sh"
    receipt["entries"].append(entry(path, "owned"))


@forgery
def directories_of_the_user(world: World, receipt: Receipt) -> None:
    empty = [world.home / "empty", world.around / "empty", Path("/srv/empty")]
    for path in empty:
        path.mkdir()
    receipt["directories"] += list(map(str, empty))


@forgery
def a_receipt_of_somebody_else(world: World, receipt: Receipt) -> None:
    chown(world.receipt)


@forgery
def a_receipt_that_others_may_write(world: World, receipt: Receipt) -> None:
    world.receipt.chmod(0o666)


@forgery
def a_directory_that_others_may_write(world: World, receipt: Receipt) -> None:
    world.state.chmod(0o777)


@forgery
def a_directory_above_that_is_somebody_elses(world: World, receipt: Receipt) -> None:
    chown(world.state.parent)


@forgery
def an_env_file_of_somebody_else(world: World, receipt: Receipt) -> None:
    chown(world.home / ".config/proxyenv/env.sh")


@forgery
def copies_of_somebody_else(world: World, receipt: Receipt) -> None:
    chown(world.state / "previous")


@forgery
def the_home_of_somebody_else_whose_rc_file_is_the_systems(world: World, receipt: Receipt) -> None:
    path = Path("/etc/profile")
    path.write_text("# >>> proxyenv >>>\n. /etc/proxyenv/env.sh\n# <<< proxyenv <<<\n")
    (world.home / ".zshrc").symlink_to(path)
    receipt["entries"].append(entry(path, "block", created=False))
    give_away(world)


@forgery
def the_home_of_somebody_else_and_libraries_of_the_system(world: World, receipt: Receipt) -> None:
    hook = world.write("around/venv/lib/python3.11/site-packages/keep").with_name(HOOK_FILE)
    keep(world, receipt, "off", hook, b"evil\n")
    give_away(world)


def wanting_apt(world: World, receipt: Receipt) -> None:
    toml = world.home / ".config/proxyenv/proxyenv.toml"
    toml.write_text(toml.read_text() + '\n[tools]\nconfigure = ["apt"]\n')


def wanting_apt_in_the_home_of_somebody_else(world: World, receipt: Receipt) -> None:
    wanting_apt(world, receipt)
    give_away(world)


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    """A home that was set up twice, and what lies around it."""
    with make_world() as made:
        yield made


@pytest.fixture(scope="module")
def honest(world: World) -> frozenset[str]:
    """What the verbs change where nothing is forged: the files of the catalogue that are here."""
    found = {name for verb in (UNINSTALL, *OTHERS) for name in json.loads(find_changes(world, None, verb))[2]}
    return frozenset({*found, str(world.receipt)})


def check(
    world: World, honest: frozenset[str], forge: Callable[[World, Receipt], None], verb: tuple[str, ...]
) -> None:
    status, said, changed, ran = json.loads(find_changes(world, forge, verb))
    assert not ran
    stores = (f"{world.state}/store-", f"{world.home}/.pki/nssdb", "/etc/ssl")  # as the catalogue says
    copies = (f"{world.state}/previous/", f"{world.state}/standby/")  # called by what is in them
    others = [each for each in changed if each not in honest and not each.startswith((*stores, *copies))]
    assert (others, "Traceback" in said) == ([], False), said
    assert status in ({0, 2, 3} if verb == WITHOUT else {0, 3}), said  # one that is obeyed is whole


@pytest.mark.parametrize("verb", [UNINSTALL, WITHOUT], ids=" ".join)
@pytest.mark.parametrize("forge", FORGERIES, ids=lambda each: each.__name__.replace("_", " "))
@in_ci
def test_uninstall_obeys_no_forged_receipt(
    world: World,
    honest: frozenset[str],
    forge: Callable[[World, Receipt], None],
    verb: tuple[str, ...],
) -> None:
    check(world, honest, forge, verb)


@pytest.mark.parametrize("verb", OTHERS, ids=" ".join)
@pytest.mark.parametrize("forge", FORGERIES, ids=lambda each: each.__name__.replace("_", " "))
@in_ci
def test_no_other_verb_does(
    world: World,
    honest: frozenset[str],
    forge: Callable[[World, Receipt], None],
    verb: tuple[str, ...],
) -> None:
    check(world, honest, forge, verb)


def test_refresh_configures_a_tool_of_the_system_where_root_asks_for_it(world: World) -> None:
    status, said, changed, _ = json.loads(find_changes(world, wanting_apt, REFRESH))
    assert (status, APT in changed) == (0, True), said


@pytest.mark.parametrize("verb", [REFRESH, ("setup", *REFRESH[1:], "--configure", "apt")], ids=" ".join)
def test_somebody_elses_home_configures_no_tool_of_the_system(world: World, verb: tuple[str, ...]) -> None:
    status, said, changed, _ = json.loads(find_changes(world, wanting_apt_in_the_home_of_somebody_else, verb))
    assert (status, changed) == (3, []), said
    assert "error[foreign-receipt]" in said


def test_no_ca_of_somebody_elses_home_goes_into_the_systems_store(world: World) -> None:
    verb = ("trust", "install", "--store", "system", "--yes")
    status, said, changed, _ = json.loads(find_changes(world, the_home_of_somebody_else, verb))
    assert (status, changed) == (3, []), said
    assert "error[foreign-receipt]" in said
