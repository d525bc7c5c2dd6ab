"""What ``--system`` decides: for whom, what is refused, and where a password may be."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from proxyenv.certificates.certificate import parse_certificates
from proxyenv.decide import decide_target
from proxyenv.decide.intent import merge_intent
from proxyenv.errors import DiscoveryError, PlanError, UsageError
from proxyenv.model.findings import Findings, Found, PrefectFindings, SharedFindings
from proxyenv.model.host import Host, SharedPlaces
from proxyenv.model.installation import Layout
from proxyenv.model.intent import Request
from support.certificates import make_ca
from support.machines import make_host

if TYPE_CHECKING:
    from proxyenv.model.target import Target

(CORP,) = parse_certificates(make_ca("Corp").pem, source="test")
PROXY: Final = "http://proxy.corp.example:3128"
SECRET: Final = "http://worker:p4ss@proxy.corp.example:3128"
PROFILE_D: Final = Path("/etc/profile.d/proxyenv.sh")
FISH: Final = Path("/etc/fish/conf.d/proxyenv.fish")
SHARED: Final = SharedPlaces((("sh", PROFILE_D), ("bash", PROFILE_D), ("fish", FISH)), systemd=True)


def host_for_all(shared: SharedPlaces = SHARED) -> Host:
    host = make_host(home=Path("/nonexistent"), directory=Path("/"))
    return host._replace(layout=Layout.under(Path("/etc/proxyenv")), is_root=True, shared=shared)


def decide(request: Request, *, host: Host | None = None, found: SharedFindings | None = None) -> Target:
    findings = Findings(
        public_roots=(),
        certifi_version="2026.10.18",
        prefect=PrefectFindings(Path("/etc/proxyenv/profiles.toml"), None, None, None),
        given_anchors=(Found(CORP, "--ca"),) if request.ca else (),
        shared=found or SharedFindings(),
    )
    return decide_target(host or host_for_all(), findings, merge_intent(request))


def values(target: Target) -> dict[str, str | None]:
    return {variable.name: variable.value for variable in target.variables}


def texts(target: Target) -> dict[str, str]:
    return {str(file.path): file.content for file in target.shared}


def test_the_files_of_all_are_those_that_are_read_here() -> None:
    made = decide(Request(system=True, proxy=PROXY))
    assert made.rc_files == ((PROFILE_D, "sh"), (FISH, "fish"))
    assert list(texts(made)) == [
        "/etc/proxyenv/jupyterhub_config.py",
        "/etc/environment.d/60-proxyenv.conf",
    ]
    without = decide(Request(system=True, proxy=PROXY), host=host_for_all(SharedPlaces()))
    assert without.rc_files == ()
    assert list(texts(without)) == ["/etc/proxyenv/jupyterhub_config.py"]


def test_no_rc_leaves_all_people_out() -> None:
    made = decide(Request(system=True, proxy=PROXY, rc=False, services=("worker",)))
    assert made.rc_files == ()
    assert list(texts(made)) == [
        "/etc/proxyenv/env.systemd",
        "/etc/systemd/system/worker.service.d/proxyenv.conf",
    ]


def test_a_service_reads_a_file_that_its_drop_in_names() -> None:
    made = decide(Request(system=True, proxy=PROXY, services=("worker",)))
    files = texts(made)
    assert files["/etc/systemd/system/worker.service.d/proxyenv.conf"].splitlines()[1:3] == [
        "[Service]",
        "EnvironmentFile=-/etc/proxyenv/env.systemd",
    ]
    assert f'HTTPS_PROXY="{PROXY}"' in files["/etc/proxyenv/env.systemd"].splitlines()
    assert "ALL_PROXY" not in files["/etc/proxyenv/env.systemd"]


def test_services_are_named_in_full_once() -> None:
    made = decide(Request(system=True, proxy=PROXY, services=("worker", "worker.service", "a@b")))
    assert made.configuration.services == ("a@b.service", "worker.service")


@pytest.mark.parametrize("name", ["", ".", "../x", "a/b", "a b", "a\nb", "x" * 250, "none.timer/", "a%b"])
def test_what_cannot_be_a_service_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is no name of a service"):
        decide(Request(system=True, proxy=PROXY, services=(name,)))


def test_a_service_without_a_unit_is_said() -> None:
    found = SharedFindings(missing_units=frozenset({"wroker.service"}))
    made = decide(Request(system=True, proxy=PROXY, services=("wroker", "hub")), found=found)
    assert "there is no unit `wroker.service` here yet; its settings wait for it" in made.notes


def test_a_jupyterhub_needs_a_line() -> None:
    line = 'load_subconfig("/etc/proxyenv/jupyterhub_config.py")'
    said = [
        any(line in note for note in decide(Request(system=True, proxy=PROXY), found=found).notes)
        for found in (SharedFindings(), SharedFindings(jupyterhub=True))
    ]
    assert said == [False, True]


def test_the_api_is_a_variable_for_all() -> None:
    made = decide(Request(system=True, proxy=PROXY, ca=("corp.pem",), api_url="https://p.corp.example/api"))
    assert values(made)["PREFECT_API_URL"] == "https://p.corp.example/api"
    assert "PREFECT_API_SSL_CERT_FILE" not in values(made)
    assert "`PREFECT_API_URL` for all beats the API of each user's own profile" in made.notes
    assert "PREFECT_API_URL" not in values(decide(Request(system=True, proxy=PROXY)))


def test_everybody_may_read_the_profile() -> None:
    assert not decide(Request(system=True, proxy=PROXY)).profile.private
    assert decide(Request(proxy=PROXY), host=make_host()).profile.private


def test_a_password_is_refused_where_people_read_it() -> None:
    for services in ((), ("worker",)):
        with pytest.raises(PlanError) as refusal:
            decide(Request(system=True, proxy=SECRET, services=services))
        assert refusal.value.code == "password-refused"
        assert "p4ss" not in refusal.value.message
        assert "`--no-rc --service NAME`" in str(refusal.value.hint)


def test_a_password_for_services_lies_in_a_file_of_root() -> None:
    made = decide(Request(system=True, proxy=SECRET, services=("worker",), rc=False))
    held = {str(file.path): file.private for file in made.shared if "p4ss" in file.content}
    assert held == {"/etc/proxyenv/env.systemd": True}
    assert made.sensitive  # so the env files and `proxyenv.toml` have mode 0600


@pytest.mark.parametrize(
    ("request_", "flag"),
    [
        pytest.param(Request(profile="mine"), "--profile", id="a profile"),
        pytest.param(Request(activation="plugin"), "--activate", id="the plugin"),
        pytest.param(Request(activate=False), "--no-activate", id="no active profile"),
        pytest.param(Request(trust="truststore"), "--trust truststore", id="truststore"),
        pytest.param(Request(configure=("pip",)), "--configure pip", id="a file in a home"),
        pytest.param(Request(configure=("all-installed",)), "--configure all-installed", id="all tools"),
    ],
)
def test_what_is_for_one_user_is_refused(request_: Request, flag: str) -> None:
    with pytest.raises(UsageError) as refusal:
        decide(request_._replace(system=True, proxy=PROXY))
    assert flag in refusal.value.message


@pytest.mark.parametrize("name", ["apt", "java"])
def test_tools_without_a_file_in_a_home_are_taken(name: str) -> None:
    host = host_for_all()
    findings = Findings((), "1", PrefectFindings(Path("/etc/proxyenv/profiles.toml"), None, None, None))
    tools = findings.tools._replace(paths={"apt": Path("/etc/apt/apt.conf.d/95proxyenv")})
    intent = merge_intent(Request(system=True, proxy=PROXY, configure=(name,)))
    assert decide_target(host, findings._replace(tools=tools), intent).configuration.configure == (name,)


def test_a_service_is_of_the_system() -> None:
    with pytest.raises(UsageError) as refusal:
        decide(Request(proxy=PROXY, services=("worker",)), host=make_host())
    assert refusal.value.message == "`--service` is for a service of the system"


def test_a_shell_that_reads_no_file_for_all_is_refused() -> None:
    with pytest.raises(UsageError) as refusal:
        decide(Request(system=True, proxy=PROXY, shells=("nushell",)))
    assert refusal.value.hint == "those that do are sh, bash, fish"


def test_nothing_is_taken_from_this_shell() -> None:
    with pytest.raises(DiscoveryError) as refusal:
        decide(Request(system=True))
    assert refusal.value.code == "nothing-found"
    assert "those of this shell are not taken for all users" in refusal.value.message
