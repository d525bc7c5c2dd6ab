"""The process that will run the flow has another interpreter, other variables or another directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.faults import Faults, hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.faults import Fault, Person

KIND: Final = "Another process is proven"

FAULTS = Faults()


# The interpreter


@FAULTS.row(KIND, "prefect-missing", says=("{venv}/bin/python",))
def the_environment_of_the_project_has_no_prefect(person: Person) -> None:
    person.set_up()
    person.work_in_an_environment(bare=True)


@FAULTS.row(KIND, "prefect-missing", verb=("check", "--python", "{bare}"), says=("{bare}",))
def the_named_interpreter_has_no_prefect(person: Person) -> None:
    person.set_up()
    person.words["bare"] = "/usr/bin/python3"


# Variables that decide before the written ones


def unset(*names: str) -> Callable[[Person], None]:
    """Take the variables out of the shell, as the hint says."""

    def do(person: Person) -> None:
        for name in names:
            del person.exports[name]

    return do


@FAULTS.row(
    KIND,
    "shadowed",
    says=("`PREFECT_API_SSL_CERT_FILE`", "/gone.pem"),
    does=unset("PREFECT_API_SSL_CERT_FILE"),
)
def the_shell_names_a_ca_file_for_prefect_that_is_gone(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_API_SSL_CERT_FILE"] = "/gone.pem"


@FAULTS.row(KIND, "shadowed", says=("`PREFECT_PROFILE`",), does=unset("PREFECT_PROFILE"))
def the_shell_names_another_profile(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_PROFILE"] = "staging"


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_no_is_said_for_the_process_that_will_run_the_flow(fault: Fault, person: Person) -> None:
    hold(fault, person)
