"""``proxyenv image write``: a folder with all that an image needs, for the context of its build."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxyenv import __version__
from proxyenv.catalog.images import FAMILIES, FLAVORS, find_family, find_flavor
from proxyenv.commands.changes import ChangeSummary, refuse_protected_files, render_diff
from proxyenv.commands.command import Command, Reply
from proxyenv.commands.placing import PLACE_OPTIONS, settle_place
from proxyenv.commands.rights import owner_rights
from proxyenv.commands.terminal import printable, shorten
from proxyenv.errors import UsageError
from proxyenv.machine.folder import read_folder
from proxyenv.model.option import Option
from proxyenv.model.place import IMAGE
from proxyenv.own_source import read_own_source
from proxyenv.plan.folders import plan_folder
from proxyenv.plan.images import render_image
from proxyenv.plan.images.build_only import BUILD, STEPS_FILE
from proxyenv.plan.images.dockerfiles import WHOLE
from proxyenv.plan.images.names import is_image_file
from proxyenv.plan.images.order import ImageOrder
from proxyenv.plan.images.plugin import SOURCES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from proxyenv.commands.command import Session
    from proxyenv.model.change import Change
    from proxyenv.model.folder import FolderPlan

_BUILD: Final = IMAGE._replace(title="the build of an image", holds_secrets=True)
"""A step of a build takes the password from whoever starts the build, and no file has it."""

_OF_AN_IMAGE: Final = ("family", "flavor", "base_image", "configure", "at")
"""The options that change the image itself, to which ``--build-only`` adds nothing."""


@dataclass(frozen=True, slots=True)
class ImageWriteResult:
    """The folder, and what changes in it.

    Args:
        folder: absolute, symlinks resolved.
        family: whose trust store the image has.
        base: the image that it is built upon.
        changes: the files in it, then the directories in it, each as a whole (`tree`); empty when nothing
            changes.
    """

    folder: str
    family: str
    base: str
    changes: tuple[ChangeSummary, ...]


def run(session: Session) -> Reply:
    """Write the folder, and nothing else on this machine.

    Raises:
        ProxyenvError: an option is wrong, something is missing, refused or true only here, the folder is not
            ours, or it could not be written.
    """
    folder = session.host.absolute(session.options.folder)
    order = _make_order(session, folder)
    files = render_image(order, build_only=bool(session.options.build_only))
    plan = plan_folder(read_folder(folder), files, knows=is_image_file)
    for note in (*order.target.notes, *plan.notes):
        session.terminal.remark(f"note: {printable(note)}")
    result = ImageWriteResult(str(plan.path), order.family.name, order.base, tuple(_summarise(plan)))
    status = "changed" if plan.pending else "ok"
    if not plan.pending:
        session.terminal.remark("nothing to change: the folder is as it should be")
    elif session.options.dry_run:
        return Reply(result, _render(plan, session.host.home), status)
    else:
        _write(session, plan)
    return Reply(result, status=status)


def _summarise(plan: FolderPlan) -> Iterator[ChangeSummary]:
    for directory, changes in plan.group():
        if directory is None:
            yield from (ChangeSummary(str(each.path), each.action, each.kind) for each in changes)
        else:
            yield ChangeSummary(str(directory), _find_action(changes), "tree")


def _render(plan: FolderPlan, home: Path) -> Iterator[str]:
    for directory, changes in plan.group():
        if directory is None:
            yield from render_diff(changes, home)
        else:
            yield from _render_counts(directory, changes, home)


def _render_counts(directory: Path, changes: tuple[Change, ...], home: Path) -> Iterator[str]:
    name = printable(shorten(directory, home))
    for action, count in Counter(each.action for each in changes).items():
        yield f"{action} {name}/: {count} {'file' if count == 1 else 'files'}"


def _list_deleted(plan: FolderPlan, home: Path) -> Iterator[str]:
    """What goes of an earlier run: each file of the folder itself, and of a directory how many."""
    deleted = tuple(each for each in plan.pending if each.action == "delete")
    for directory, changes in plan._replace(changes=deleted).group():
        if directory is None:
            yield from (f"delete {printable(shorten(each.path, home))}" for each in changes)
        else:
            yield from _render_counts(directory, changes, home)


def _find_action(changes: tuple[Change, ...]) -> str:
    actions = {each.action for each in changes}
    return actions.pop() if len(actions) == 1 else "modify"


def _write(session: Session, plan: FolderPlan) -> None:
    from proxyenv.apply.folder import write_folder

    refuse_protected_files(change.path for change in plan.pending)
    for line in _list_deleted(plan, session.host.home):
        session.terminal.remark(line)
    with owner_rights(session.host, session.host.absolute(session.options.folder)):
        write_folder(plan)
    place = shlex.quote(session.options.folder)
    if session.options.build_only:
        session.terminal.remark(
            f"done; `{place}/{BUILD} --tag NAME .` hands a build what {STEPS_FILE} mounts"
        )
        return
    session.terminal.remark(
        f"done; `docker build --file {place}/{WHOLE} --tag NAME {place}` makes an image of it"
    )


def _make_order(session: Session, folder: Path) -> ImageOrder:
    options = session.options
    if not folder.name:
        raise UsageError(
            "usage", f"`{options.folder}` is no folder of its own", hint="such as `proxyenv-files`"
        )
    given = (
        next((each for each in _OF_AN_IMAGE if getattr(options, each)), None) if options.build_only else None
    )
    if given is not None:
        raise UsageError("usage", f"`--build-only` does not go with `{_OPTIONS[given].flag}`")
    flavor = find_flavor(options.flavor) if options.flavor else None
    name = options.family or (flavor.family if flavor else FAMILIES[0].name)
    if flavor is not None and name != flavor.family:
        raise UsageError(
            "usage", f"`--flavor {flavor.name}` is of the family `{flavor.family}`, not `{name}`"
        )
    family = find_family(name)
    return ImageOrder(
        target=settle_place(session, _BUILD if options.build_only else IMAGE),
        family=family,
        flavor=flavor,
        base=options.base_image or (flavor or family).base,
        user=options.user,
        folder=folder.name,
        version=__version__,
        sources={name: read_own_source(name) for name in SOURCES},
    )


_OPTIONS: Final = {
    "folder": Option(("DIR",), "the folder to write; it is empty, not there, or of an earlier run"),
    "family": Option(
        ("--family",),
        f"whose trust store the image has (default: {FAMILIES[0].name})",
        choices=tuple(each.name for each in FAMILIES),
    ),
    "flavor": Option(
        ("--flavor",),
        "an image that starts in a way of its own",
        choices=tuple(each.name for each in FLAVORS),
    ),
    "base_image": Option(
        ("--from",), "the image to build upon (default: one of the family)", metavar="IMAGE"
    ),
    "user": Option(
        ("--user",),
        "the user of that image, where it is not root, who alone rebuilds the store",
        metavar="NAME",
    ),
    "configure": Option(
        ("--configure",), "also what this needs: `java` a PKCS#12 store", takes="values", choices=("java",)
    ),
    "build_only": Option(
        ("--build-only",),
        "only for the steps of the build: nothing of proxy and CA stays in the image",
        takes="yes",
    ),
    **PLACE_OPTIONS,
    "dry_run": Option(("--dry-run",), "show what would change, and stop", takes="yes"),
}

COMMANDS = {"image write": Command(run, ImageWriteResult, _OPTIONS)}
