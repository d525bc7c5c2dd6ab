"""The process that will run the flow has another interpreter, other variables or another directory."""

from __future__ import annotations

import contextlib
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from support.company import API
from support.environments import packages_of
from support.faults import Faults, hold
from support.machine import in_ci
from support.proxies import SilentServer
from support.waiting import wait_until

if TYPE_CHECKING:
    from support.faults import Fault
    from support.person import Person

KIND: Final = "Another process is proven"

FAULTS = Faults()

OLD_API: Final = "http://old.demo.test:4200/api"


# The interpreter

ANOTHER_PYTHON: Final = {"types": "proxyenv check --python PATH", "fills": {"PATH": sys.executable}}


@FAULTS.row(KIND, "prefect-missing", says=("{venv}/bin/python",), **ANOTHER_PYTHON)
def the_environment_of_the_project_has_no_prefect(person: Person) -> None:
    person.set_up()
    person.work_in_an_environment(bare=True)


@FAULTS.row(KIND, "not-proxied", says=("{venv}/bin/python",))
def the_environment_of_the_project_goes_past_the_proxy(person: Person) -> None:
    person.set_up()
    python = person.work_in_an_environment()
    lines = "import os\nfor name in list(os.environ):\n    if 'proxy' in name.lower(): del os.environ[name]\n"
    (packages_of(python.parents[1]) / "sitecustomize.py").write_text(lines, "utf-8")


@FAULTS.row(KIND, "control-passed", says=("verif",))
def the_environment_of_the_project_verifies_nothing(person: Person) -> None:
    person.set_up()
    python = person.work_in_an_environment()
    lines = (
        "import ssl\n"
        "def _blind(*_, **__):\n"
        "    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "    context.check_hostname, context.verify_mode = False, 0\n"
        "    return context\n"
        "ssl.create_default_context = _blind\n"
    )
    (packages_of(python.parents[1]) / "sitecustomize.py").write_text(lines, "utf-8")


@FAULTS.row(KIND, "prefect-missing", verb=("check", "--python", "{bare}"), says=("{bare}",), **ANOTHER_PYTHON)
def the_named_interpreter_has_no_prefect(person: Person) -> None:
    person.set_up()
    person.words["bare"] = "/usr/bin/python3"


# Variables that decide before the written ones


def source_again(person: Person) -> None:
    """Source the env file in this shell, as the hint says."""
    person.typed.append(f". {person.env_file}")


@FAULTS.row(
    KIND,
    "shadowed",
    says=("`PREFECT_API_SSL_CERT_FILE`", "/gone.pem"),
    types="unset PREFECT_API_SSL_CERT_FILE",
    settled=("status",),
)
def the_shell_names_a_ca_file_for_prefect_that_is_gone(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_API_SSL_CERT_FILE"] = "/gone.pem"


@FAULTS.row(KIND, "shadowed", says=("`PREFECT_PROFILE`",), types="unset PREFECT_PROFILE", settled=("status",))
def the_shell_names_another_profile(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_PROFILE"] = "staging"


@FAULTS.row(KIND, "shadowed", says=("`PREFECT_PROFILE`",), types="unset PREFECT_PROFILE", settled=("status",))
def the_shell_names_a_profile_that_does_not_exist(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_PROFILE"] = "gone"


@FAULTS.row(KIND, "shadowed", says=("`PREFECT_API_URL`",), types="unset PREFECT_API_URL", settled=("status",))
def the_shell_names_another_api(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_API_URL"] = OLD_API


@FAULTS.row(KIND, "shadowed", says=("`PREFECT_HOME`",), types="unset PREFECT_HOME", settled=("status",))
def the_shell_names_another_home_of_prefect(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_HOME"] = str(person.project / "prefect")


@FAULTS.row(
    KIND,
    "shadowed",
    says=("`PREFECT_PROFILES_PATH`",),
    types="unset PREFECT_PROFILES_PATH",
    settled=("status",),
)
def the_shell_names_other_profiles(person: Person) -> None:
    person.set_up()
    other = person.write("other.toml", f'active = "a"\n[profiles.a]\nPREFECT_API_URL = "{OLD_API}"\n')
    person.exports["PREFECT_PROFILES_PATH"] = str(other)


@FAULTS.row(KIND, "shadowed", says=("`SSL_CERT_FILE`", "/gone.pem"), does=source_again, settled=("status",))
def the_shell_names_a_ca_file_that_is_gone(person: Person) -> None:
    person.set_up()
    person.exports["SSL_CERT_FILE"] = "/gone.pem"


@FAULTS.row(KIND, "shadowed", says=("`SSL_CERT_FILE`",), does=source_again, settled=("status",))
def the_shell_names_a_ca_file_without_the_corporate_ca(person: Person) -> None:
    import certifi

    person.set_up()
    person.exports["SSL_CERT_FILE"] = certifi.where()


@FAULTS.row(KIND, "shadowed", says=("`HTTPS_PROXY`",), does=source_again, settled=("status",))
def the_shell_names_another_proxy(person: Person) -> None:
    person.set_up()
    person.exports |= dict.fromkeys(("HTTPS_PROXY", "https_proxy"), "http://localhost:1")


@FAULTS.row(KIND, "shadowed", says=("`https_proxy`",), does=source_again, settled=("status",))
def only_the_lower_case_variable_names_another_proxy(person: Person) -> None:
    person.set_up()
    person.exports["https_proxy"] = f"http://{person.open(SilentServer()).authority}"


@FAULTS.row(KIND, "shadowed", says=("`https_proxy`",), does=source_again, settled=("status",))
def the_shell_empties_the_proxy(person: Person) -> None:
    person.set_up()
    person.exports |= {"https_proxy": "", "HTTPS_PROXY": ""}


@FAULTS.row(KIND, "not-sourced", types=". {config}/env.sh")
def the_shell_has_not_sourced(person: Person) -> None:
    person.set_up()
    person.sourced = False


@FAULTS.row(
    KIND,
    "shadowed",
    says=("`https_proxy`", "http://localhost:1", "source `{config}/env.sh`"),
    does=source_again,
    settled=("status",),
)
def the_shell_sourced_before_the_proxy_moved(person: Person) -> None:
    """It has the variables of an earlier setup."""
    person.set_up()
    person.sourced = False
    for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"):
        person.exports[name] = "http://localhost:1"
    person.exports |= dict.fromkeys(("no_proxy", "NO_PROXY"), "localhost,127.0.0.1,::1")
    person.exports |= dict.fromkeys(("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"), str(person.bundle))


@FAULTS.row(
    KIND,
    "verification-off",
    says=("Prefect does not verify certificates",),
    types="unset PREFECT_API_TLS_INSECURE_SKIP_VERIFY",
    settled=("status",),
)
def the_shell_tells_prefect_to_verify_nothing(person: Person) -> None:
    person.set_up()
    person.exports["PREFECT_API_TLS_INSECURE_SKIP_VERIFY"] = "true"


# Files


def take_it_out(person: Person) -> None:
    """The only line of the file, as the hint says."""
    Path(person.words["file"]).write_bytes(b"")


@FAULTS.row(KIND, "profile-inactive", says=("`proxyenv`",), types="proxyenv refresh")
def another_profile_is_active(person: Person) -> None:
    person.set_up()
    person.edit(person.profiles, lambda text: text.replace('active = "proxyenv"', 'active = "staging"'))


@FAULTS.row(KIND, "shadowed", says=("prefect.toml",), does=take_it_out, settled=("status",))
def prefect_toml_in_the_project_names_another_api(person: Person) -> None:
    person.set_up()
    person.write("prefect.toml", f'[api]\nurl = "{OLD_API}"\n')


@FAULTS.row(KIND, "shadowed", says=("pyproject.toml",), does=take_it_out, settled=("status",))
def pyproject_toml_in_the_project_names_another_profile_s_api(person: Person) -> None:
    person.set_up()
    person.write("pyproject.toml", f'[tool.prefect.api]\nurl = "{OLD_API}"\n')


@FAULTS.row(KIND, "shadowed", says=(".env",), does=take_it_out, settled=("status",))
def dot_env_in_the_project_names_another_api(person: Person) -> None:
    person.set_up()
    person.write(".env", f"PREFECT_API_URL={OLD_API}\n")


@FAULTS.row(KIND, "shadowed", says=(".env",), does=take_it_out, settled=("status",))
def dot_env_in_the_project_names_a_ca_file_that_is_gone(person: Person) -> None:
    person.set_up()
    person.write(".env", "PREFECT_API_SSL_CERT_FILE=/gone.pem\n")


@pytest.mark.parametrize("fault", FAULTS.parameters())
def test_no_is_said_for_the_process_that_will_run_the_flow(fault: Fault, person: Person) -> None:
    hold(fault, person)


@in_ci
def test_the_api_is_the_same_everywhere_where_nothing_is_wrong(person: Person) -> None:
    person.set_up()
    person.write("prefect.toml", f'[api]\nurl = "{API}"\n')
    answer = person.ask("check")
    assert (answer.status, answer.troubles) == (0, ())


@pytest.mark.skipif(sys.platform != "linux", reason="`/proc` says which processes there are")
@in_ci
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_a_check_that_is_killed_leaves_no_server_behind(person: Person, name: str) -> None:
    person.set_up(api=None)
    with person.start("check") as check:
        assert wait_until(lambda: any("uvicorn" in each for each in processes_of(person)), 60)
        check.send_signal(signal.Signals[name])
        check.wait(30)
    assert wait_until(lambda: not processes_of(person), 60)


def processes_of(person: Person) -> tuple[str, ...]:
    """The command lines of all processes that have the person's home."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if f"HOME={person.home}\0".encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return tuple(found)
