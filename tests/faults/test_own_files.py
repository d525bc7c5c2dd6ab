"""What was written is damaged: the damage is the cause, and not the network that then does not answer."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final

import pytest

from support.certificates import make_ca
from support.company import API, PAGES
from support.faults import Faults, hold

if TYPE_CHECKING:
    from collections.abc import Callable

    from support.faults import Fault
    from support.person import Person

KIND: Final = "What must be proved is read from the file under suspicion"

FAULTS = Faults()

RC_FILES: Final = (".bashrc", ".profile", "dotfiles")


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


@FAULTS.row(KIND, "modified", verb=("status",), types="proxyenv refresh", changes=(".bashrc",))
def status_finds_its_block_gone_from_bashrc(person: Person) -> None:
    person.set_up()
    (person.home / ".bashrc").write_text("alias ll='ls -l'\n", "utf-8")


# The bundle


@FAULTS.row(KIND, "missing", types="proxyenv refresh", restores=True, settled=("status",))
def the_bundle_is_gone(person: Person) -> None:
    person.set_up()
    person.bundle.unlink()


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_bundle_is_empty(person: Person) -> None:
    person.set_up()
    person.bundle.write_bytes(b"")


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_bundle_is_cut_off_in_a_certificate(person: Person) -> None:
    person.set_up()
    person.bundle.write_bytes(person.bundle.read_bytes()[:-700])


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_bundle_lost_the_corporate_ca(person: Person) -> None:
    """As if certifi's own file had been copied over it."""
    import certifi

    person.set_up()
    with open(certifi.where(), "rb") as roots:  # noqa: PTH123 - a path in words
        person.bundle.write_bytes(roots.read())


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_bundle_has_one_more_ca(person: Person) -> None:
    """Nothing fails for it, and yet somebody is trusted whom nobody chose."""
    person.set_up()
    person.bundle.write_bytes(person.bundle.read_bytes() + make_ca("Somebody Else").pem)


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_directory_of_certificates_lost_the_corporate_ca(person: Person) -> None:
    person.set_up()
    for file in (person.data / "certs").iterdir():
        file.unlink()


# The env file


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_proxy_lines_of_the_env_file_are_gone(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, without("_proxy ", "_PROXY "))


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def only_the_https_lines_of_the_env_file_are_gone(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, without("https_proxy ", "HTTPS_PROXY "))


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_env_file_names_another_proxy(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, lambda text: text.replace(f"http://{person.proxy}", "http://localhost:1"))


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_env_file_names_another_bundle(person: Person) -> None:
    person.set_up()
    person.edit(
        person.env_file, lambda text: text.replace(str(person.bundle), "/etc/ssl/certs/ca-certificates.crt")
    )


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_env_file_is_cut_off(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, lambda text: text[: len(text) // 2])


@FAULTS.row(KIND, "missing", types="proxyenv refresh", restores=True, settled=("status",))
def the_env_file_is_gone(person: Person) -> None:
    person.set_up()
    person.env_file.unlink()


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_env_file_sends_everything_direct(person: Person) -> None:
    person.set_up()
    person.edit(person.env_file, lambda text: text.replace("NO_PROXY localhost,", "NO_PROXY .demo.test,"))


# The profile


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True, settled=("status",))
def the_profile_names_another_api(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text.replace(API, "http://old.demo.test:4200/api"))


@FAULTS.row(KIND, "modified", types="proxyenv refresh", restores=True)
def the_profile_is_gone(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text.partition("\n[profiles.proxyenv]")[0])


def move_the_profiles_away(person: Person) -> None:
    person.profiles.rename(person.project / "profiles.toml")


@FAULTS.row(
    KIND,
    "modified",
    says=("not valid TOML", "line 12"),
    prepares=move_the_profiles_away,
    types="proxyenv refresh",
)
def the_profiles_are_no_toml(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text + "\n[profiles.broken\n")


@FAULTS.row(KIND, "missing", types="proxyenv refresh")
def the_profiles_file_is_gone(person: Person) -> None:
    person.set_up()
    person.profiles.unlink()


# What the installation knows of itself


@FAULTS.row(
    KIND,
    "receipt-invalid",
    status=3,
    untyped={"proxyenv uninstall --without-receipt": "test_without_receipt types it"},
)
def the_receipt_is_cut_off(person: Person) -> None:
    person.set_up()
    person.edit(person.home / ".local/state/proxyenv/receipt.json", lambda text: text[: len(text) // 2])


def move_the_configuration_away(person: Person) -> None:
    (person.config / "proxyenv.toml").rename(person.project / "proxyenv.toml")


@FAULTS.row(
    KIND,
    "modified",
    says=("proxyenv.toml", "not valid TOML"),
    prepares=move_the_configuration_away,
    types="proxyenv setup",
    fills={"setup": f"setup --proxy {{proxy}} --ca {{ca}} --api-url {API} --url {PAGES[1]}"},
)
def the_configuration_is_no_toml(person: Person) -> None:
    person.set_up()
    person.edit(person.config / "proxyenv.toml", lambda text: text + "\n[proxy\n")


@FAULTS.row(
    KIND,
    "interrupted",
    verb=("status",),
    types="proxyenv setup",
    untyped={"proxyenv uninstall": "the other way; see the next row"},
)
def a_run_was_killed(person: Person) -> None:
    person.set_up()
    kill_half_way(person)


@FAULTS.row(
    KIND,
    "interrupted",
    verb=("status",),
    types="proxyenv uninstall",
    untyped={"proxyenv setup": "the other way; see the row before"},
    settled=(),
    changes=RC_FILES,
    quick=True,
)
def a_run_was_killed_and_is_given_up(person: Person) -> None:
    person.set_up()
    kill_half_way(person)


def kill_half_way(person: Person) -> None:
    receipt = person.home / ".local/state/proxyenv/receipt.json"
    document = json.loads(receipt.read_text("utf-8"))
    document["state"] = "applying"
    receipt.write_text(json.dumps(document), "utf-8")


@FAULTS.row(
    KIND,
    "not-installed",
    status=3,
    verb=("status",),
    types="proxyenv setup",
    fills={"setup": "setup --no-check --ca {ca}"},
    changes=RC_FILES,
    quick=True,
)
def nothing_is_set_up(person: Person) -> None:
    person.variables |= {"HTTPS_PROXY": f"http://{person.proxy}"}


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_damage_is_named_and_refresh_repairs_it(fault: Fault, person: Person) -> None:
    hold(fault, person)
