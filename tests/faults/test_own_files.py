"""What was written is damaged: the damage is the cause, and not the network that then does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from support.faults import API, Faults, hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.faults import Fault, Person

KIND: Final = "What must be proved is read from the file under suspicion"

FAULTS = Faults()


def without(*words: str) -> Callable[[str], str]:
    """Drop the lines that have one of *words* in them."""

    def change(text: str) -> str:
        return "".join(line for line in text.splitlines(keepends=True) if not any(w in line for w in words))

    return change


# status


@FAULTS.row(KIND, "missing", verb=("status",), types="proxyenv refresh", restores=True, quick=True)
def status_finds_the_bundle_gone(person: Person) -> None:
    person.set_up()
    person.bundle.unlink()


@FAULTS.row(KIND, "modified", verb=("status",), types="proxyenv refresh", restores=True, quick=True)
def status_finds_an_edited_env_file(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, without("https_proxy", "HTTPS_PROXY"))


@FAULTS.row(KIND, "missing", verb=("status",), types="proxyenv refresh", restores=True)
def status_finds_the_env_file_gone(person: Person) -> None:
    person.set_up()
    person.env_file.unlink()


@FAULTS.row(KIND, "modified", verb=("status",), types="proxyenv refresh", restores=True)
def status_finds_a_certificate_gone_from_the_directory(person: Person) -> None:
    person.set_up()
    next((person.data / "certs").glob("*.0")).unlink()


@FAULTS.row(KIND, "modified", verb=("status",), types="proxyenv refresh", restores=True)
def status_finds_another_api_in_the_profile(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text.replace(API, "http://old.demo.test:4200/api"))


@FAULTS.row(KIND, "modified", verb=("status",), types="proxyenv refresh", restores=True)
def status_finds_an_env_file_that_others_may_read(person: Person) -> None:
    person.set_up(proxy=f"http://ada:s3cret@{person.proxy}")
    person.env_file.chmod(0o644)


# The profile


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True)
def the_profile_is_gone(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text.partition("\n[profiles.proxyenv]")[0])


# What the installation knows of itself


@FAULTS.row(KIND, "receipt-invalid", status=3)
def the_receipt_is_cut_off(person: Person) -> None:
    person.set_up()
    person.edit(person.home / ".local/state/proxyenv/receipt.json", lambda text: text[: len(text) // 2])


@FAULTS.row(KIND, "modified", says=("proxyenv.toml", "not valid TOML"))
def the_configuration_is_no_toml(person: Person) -> None:
    person.set_up()
    person.edit(person.config / "proxyenv.toml", lambda text: text + "\n[proxy\n")


@FAULTS.row(KIND, "not-installed", status=3, verb=("status",), says=("`proxyenv setup`",), quick=True)
def nothing_is_set_up(person: Person) -> None:
    person.variables |= {"HTTPS_PROXY": f"http://{person.proxy}"}


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_damage_is_named_and_refresh_repairs_it(fault: Fault, person: Person) -> None:
    hold(fault, person)
