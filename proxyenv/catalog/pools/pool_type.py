"""What is to be known of a type of work pool."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

from proxyenv.model.jobs import API_ROOTS
from proxyenv.model.pool import ENV_DEFAULT, TemplateEdit
from proxyenv.record import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from proxyenv.model.place import PlaceLayout
    from proxyenv.model.target import Variable

Files = Literal["worker", "mounted", "image"]
"""Who has the files of the roots: the machine of the worker, what is mounted into the job, or its image."""


class PoolWanted(NamedTuple):
    """What jobs are to have.

    Args:
        variables: to set, in order.
        layout: where the files lie in a job.
        mounted: path on the worker's machine → path in the job, of every file that the variables name; none
            where the images have them.
    """

    variables: tuple[Variable, ...]
    layout: PlaceLayout
    mounted: tuple[tuple[str, str], ...] = ()


class PoolType(NamedTuple):
    """One type of work pool, and every fact about it.

    Args:
        name: as the API has it.
        title: for people.
        place: the kind of place that a job is: ``host``, ``job`` or ``kubernetes``.
        files: who has the files of the roots.
        lands: where in what the worker submits the variables stand, for people.
        secrets: how a job can get a password that is not in the pool, for people.
        tested: what this is known from.
        hidden: settings of the worker that are wrong in a job, and what is written instead: ``None`` removes
            one.
        more: the edits beside the variables; by default none.
        is_inherited: whether a job has all variables of its worker.
        manifest: the list of variables in a template of Kubernetes, beside those of ``env``.
    """

    name: str
    title: str
    place: str
    files: Files
    lands: str
    secrets: str
    tested: str
    hidden: Mapping[str, str | None] = MappingProxyType({"PREFECT_HOME": None})
    more: Callable[[PoolWanted], Iterator[TemplateEdit]] | None = None
    is_inherited: bool = False
    manifest: tuple[str | int, ...] = ()

    @property
    def removes(self) -> bool:
        """Whether ``null`` takes away a setting that the worker hands on."""
        return not self.is_inherited and None in self.hidden.values()

    def make_edits(self, wanted: PoolWanted) -> tuple[TemplateEdit, ...]:
        """All that is written into the template of a pool of this type."""
        values: dict[str, Any] = {each.name: each.value for each in wanted.variables if self.is_plain(each)}
        if API_ROOTS not in values and not self.is_inherited:  # without a corporate CA the image's own holds
            values[API_ROOTS] = None if self.removes else ""
        values |= self.hidden
        plain = (TemplateEdit((*ENV_DEFAULT, name), value) for name, value in values.items())
        return (*plain, *(self.more(wanted) if self.more else ()))

    def is_plain(self, variable: Variable) -> bool:
        """Whether a variable is written as it is: a password only goes where a manifest names a Secret."""
        return not (variable.sensitive and self.manifest)
