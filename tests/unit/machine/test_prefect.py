"""Prefect's settings, read without Prefect, and compared with what the real one says."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from proxyenv.errors import DiscoveryError
from proxyenv.machine.prefect import SETTINGS, find_prefect, find_profiles_path
from proxyenv.model.findings import Found, Rejection
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.host import Host

PROFILES = """\
# mine
active = "corp"

[profiles.corp]
PREFECT_API_URL = "http://profile.test/api"

[profiles.other]
PREFECT_API_URL = "http://other.test/api"
"""
AT_HOME = "home/.prefect/profiles.toml"


def machine(tmp_path: Path, files: dict[str, str] | None = None, **environment: str) -> Host:
    """A home and a current directory with *files*, named relative to *tmp_path*."""
    for name in ("home", "project"):
        (tmp_path / name).mkdir(exist_ok=True)
    for name, text in (files or {}).items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
    values = {name: value.replace("{tmp}", str(tmp_path)) for name, value in environment.items()}
    return make_host(home=tmp_path / "home", directory=tmp_path / "project", environment=values)


# profiles.toml


def test_nothing_there(tmp_path: Path) -> None:
    findings = find_prefect(machine(tmp_path))
    assert findings.profiles_path == tmp_path / "home/.prefect/profiles.toml"
    assert findings.profiles is None
    assert findings.active is None
    assert findings.api_url is None
    assert findings.shadows == ()
    assert findings.unreadable == ()


def test_the_text_of_the_profiles_keeps_its_line_ends(tmp_path: Path) -> None:
    text = PROFILES.replace("\n", "\r\n")
    findings = find_prefect(machine(tmp_path, {"home/.prefect/profiles.toml": text}))
    assert findings.profiles == text
    assert findings.active == "corp"


def test_the_active_profile_gives_the_api(tmp_path: Path) -> None:
    findings = find_prefect(machine(tmp_path, {"home/.prefect/profiles.toml": PROFILES}))
    path = tmp_path / "home/.prefect/profiles.toml"
    provenance = f"`PREFECT_API_URL` of the profile `corp` in `{path}`"
    assert findings.api_url == Found("http://profile.test/api", provenance)


def test_a_profile_chosen_by_the_environment_wins(tmp_path: Path) -> None:
    files = {"home/.prefect/profiles.toml": PROFILES}
    findings = find_prefect(machine(tmp_path, files, PREFECT_PROFILE="other"))
    assert findings.active == "other"
    assert findings.api_url is not None
    assert findings.api_url.value == "http://other.test/api"
    assert findings.shadows == (("PREFECT_PROFILE", Found("other", "`PREFECT_PROFILE` in the environment")),)


def test_an_active_profile_that_is_not_there_has_no_api(tmp_path: Path) -> None:
    findings = find_prefect(machine(tmp_path, {"home/.prefect/profiles.toml": 'active = "gone"\n'}))
    assert findings.active == "gone"
    assert findings.api_url is None


def test_a_symlinked_profiles_file_is_resolved(tmp_path: Path) -> None:
    host = machine(tmp_path, {"dotfiles/prefect.toml": PROFILES})
    (tmp_path / "home/.prefect").mkdir()
    (tmp_path / "home/.prefect/profiles.toml").symlink_to(tmp_path / "dotfiles/prefect.toml")
    assert find_prefect(host).profiles_path == tmp_path / "dotfiles/prefect.toml"
    assert find_prefect(host).active == "corp"


@pytest.mark.parametrize(
    ("files", "environment", "read", "written"),
    [
        pytest.param({}, {}, AT_HOME, AT_HOME, id="the usual place"),
        pytest.param(
            {}, {"PREFECT_HOME": "{tmp}/ph"}, "ph/profiles.toml", "ph/profiles.toml", id="PREFECT_HOME"
        ),
        pytest.param(
            {},
            {"PREFECT_HOME": "ph"},
            "project/ph/profiles.toml",
            "project/ph/profiles.toml",
            id="PREFECT_HOME, relative",
        ),
        pytest.param(
            {"project/.env": "PREFECT_HOME=/nowhere\n"}, {}, AT_HOME, AT_HOME, id="not PREFECT_HOME in .env"
        ),
        pytest.param(
            {"project/pyproject.toml": '[tool.prefect]\nprofiles_path = "../py.toml"\n'},
            {"PREFECT_HOME": "{tmp}/ph"},
            "py.toml",
            "ph/profiles.toml",
            id="pyproject.toml over PREFECT_HOME",
        ),
        pytest.param(
            {
                "project/pyproject.toml": '[tool.prefect]\nprofiles_path = "../py.toml"\n',
                "project/prefect.toml": 'profiles_path = "pt.toml"\n',
            },
            {},
            "project/pt.toml",
            AT_HOME,
            id="prefect.toml over pyproject.toml",
        ),
        pytest.param(
            {
                "project/prefect.toml": 'profiles_path = "pt.toml"\n',
                "project/.env": "PREFECT_PROFILES_PATH=env.toml\n",
            },
            {},
            "project/env.toml",
            AT_HOME,
            id=".env over prefect.toml",
        ),
        pytest.param(
            {"project/.env": "PREFECT_PROFILES_PATH=env.toml\n"},
            {"PREFECT_PROFILES_PATH": "{tmp}/x.toml"},
            "x.toml",
            "x.toml",
            id="the environment over .env",
        ),
        pytest.param(
            {"project/.env": "prefect_profiles_path=env.toml\n"}, {}, AT_HOME, AT_HOME, id="not in lower case"
        ),
    ],
)
def test_what_a_project_names_is_read_and_never_written(
    tmp_path: Path, files: dict[str, str], environment: dict[str, str], read: str, written: str
) -> None:
    host = machine(tmp_path, files, **environment)
    findings = find_prefect(host)
    assert findings.profiles_path == tmp_path / read
    assert (findings.written.path, find_profiles_path(host)) == (tmp_path / written, tmp_path / written)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            b'active = "x"\n[profiles\n',
            "line 2 of `{path}` is not valid, so the file was left",
            id="not TOML",
        ),
        pytest.param(b'a = 1\nb = """\n', "line 3 of `{path}` is not valid", id="not TOML to the end"),
        pytest.param(
            b"a = " + b"9" * 5000, "line 1 of `{path}` is not valid", id="a number that is too long"
        ),
        pytest.param(b"a = " + b"[" * 5000, "line 1 of `{path}` is not valid", id="lists without end"),
        pytest.param(b"# a\n# \xe9\n", "line 2 of `{path}` is not valid", id="Latin-1"),
        pytest.param(
            b'a = 1\nb = {"at line %s" = 1, "at line %s" = 2}\n' % (b"9" * 5000, b"9" * 5000),
            "line 2 of `{path}` is not valid",
            id="a key that looks like the place",
        ),
        pytest.param(b"profiles = 3\n", "`{path}` is not valid", id="profiles is a number"),
        pytest.param(b"[profiles]\nx = 3\n", "`{path}` is not valid", id="a profile is a number"),
        pytest.param(b"active = 3\n", "`{path}` is not valid", id="active is a number"),
    ],
)
def test_broken_profiles_are_an_error_and_left_alone(tmp_path: Path, text: bytes, message: str) -> None:
    host = machine(tmp_path)
    path = tmp_path / "home/.prefect/profiles.toml"
    path.parent.mkdir()
    path.write_bytes(text)
    with pytest.raises(DiscoveryError) as caught:
        find_prefect(host)
    assert caught.value.code == "profiles-invalid"
    assert caught.value.message.startswith(message.format(path=path))
    assert caught.value.hint is not None
    assert path.read_bytes() == text


def test_a_directory_in_place_of_the_profiles_is_an_error(tmp_path: Path) -> None:
    host = machine(tmp_path)
    path = tmp_path / "home/.prefect/profiles.toml"
    path.mkdir(parents=True)
    with pytest.raises(DiscoveryError) as caught:
        find_prefect(host)
    assert caught.value.code == "file-unreadable"
    assert caught.value.message == f"`{path}` cannot be read: it is a directory"


# what overrides a profile

IN_TOML = """\
api.url = "http://toml.test/api"
api.ssl_cert_file = "/toml.pem"
api.tls_insecure_skip_verify = false
server.analytics_enabled = false
server.ephemeral.enabled = true
server.ephemeral.startup_timeout_seconds = 7
"""


def shadows(host: Host) -> dict[str, tuple[str, str]]:
    return {name: (found.value, found.provenance) for name, found in find_prefect(host).shadows}


def test_every_setting_is_seen_in_the_environment(tmp_path: Path) -> None:
    host = make_host(home=tmp_path, environment=dict.fromkeys(SETTINGS, "1"))
    assert shadows(host) == {name: ("1", f"`{name}` in the environment") for name in SETTINGS}


def test_the_case_of_a_variable_does_not_matter(tmp_path: Path) -> None:
    assert shadows(machine(tmp_path, prefect_api_url="http://x.test/api")) == {
        "PREFECT_API_URL": ("http://x.test/api", "`prefect_api_url` in the environment"),
    }


def test_the_newer_name_of_a_setting_wins(tmp_path: Path) -> None:
    host = machine(
        tmp_path, PREFECT_SERVER_ALLOW_EPHEMERAL_MODE="false", PREFECT_SERVER_EPHEMERAL_ENABLED="true"
    )
    assert shadows(host) == {
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": (
            "true",
            "`PREFECT_SERVER_EPHEMERAL_ENABLED` in the environment",
        ),
    }


def test_every_setting_is_seen_in_prefect_toml(tmp_path: Path) -> None:
    place = f"in `{tmp_path}/project/prefect.toml`"
    assert shadows(machine(tmp_path, {"project/prefect.toml": IN_TOML})) == {
        "PREFECT_API_SSL_CERT_FILE": ("/toml.pem", f"`api.ssl_cert_file` {place}"),
        "PREFECT_API_URL": ("http://toml.test/api", f"`api.url` {place}"),
        "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": ("false", f"`api.tls_insecure_skip_verify` {place}"),
        "PREFECT_SERVER_ANALYTICS_ENABLED": ("false", f"`server.analytics_enabled` {place}"),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": ("true", f"`server.ephemeral.enabled` {place}"),
        "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": (
            "7",
            f"`server.ephemeral.startup_timeout_seconds` {place}",
        ),
    }


def test_a_setting_is_seen_in_pyproject_toml(tmp_path: Path) -> None:
    text = '[project]\nname = "x"\n[tool.prefect.api]\nurl = "http://py.test/api"\n'
    assert shadows(machine(tmp_path, {"project/pyproject.toml": text})) == {
        "PREFECT_API_URL": (
            "http://py.test/api",
            f"`tool.prefect.api.url` in `{tmp_path}/project/pyproject.toml`",
        ),
    }


def test_a_project_without_prefect_shadows_nothing(tmp_path: Path) -> None:
    assert shadows(machine(tmp_path, {"project/pyproject.toml": "[tool]\nprefect = 3\n"})) == {}


@pytest.mark.parametrize(
    ("line", "value"),
    [
        pytest.param("PREFECT_API_URL=http://x.test/api", "http://x.test/api", id="plain"),
        pytest.param("export PREFECT_API_URL=http://x.test/api", "http://x.test/api", id="export"),
        pytest.param(
            "PREFECT_API_URL = 'http://x.test/api'  # here", "http://x.test/api", id="quotes, comment"
        ),
        pytest.param(
            'HOST=x.test\nPREFECT_API_URL="http://${HOST}/api"', "http://x.test/api", id="filled in"
        ),
        pytest.param("PREFECT_API_URL=http://${NODE}/api", "http://n.test/api", id="from the environment"),
        pytest.param("PREFECT_API_URL=http://${GONE:-d.test}/api", "http://d.test/api", id="by default"),
        pytest.param("PREFECT_API_URL=", "", id="set to nothing"),
    ],
)
def test_a_setting_is_seen_in_dotenv(tmp_path: Path, line: str, value: str) -> None:
    host = machine(tmp_path, {"project/.env": line + "\n"}, NODE="n.test")
    provenance = f"`PREFECT_API_URL` in `{tmp_path}/project/.env`"
    assert shadows(host) == {"PREFECT_API_URL": (value, provenance)}


def test_a_setting_hidden_by_nothing_leaves_no_api(tmp_path: Path) -> None:
    files = {"home/.prefect/profiles.toml": PROFILES}
    assert find_prefect(machine(tmp_path, files, PREFECT_API_URL="")).api_url is None


def test_a_name_without_a_value_in_dotenv_is_not_set(tmp_path: Path) -> None:
    assert shadows(machine(tmp_path, {"project/.env": "PREFECT_API_URL\n"})) == {}


def test_a_profile_in_dotenv_is_not_looked_at(tmp_path: Path) -> None:
    host = machine(
        tmp_path, {"project/.env": "PREFECT_PROFILE=other\n", "home/.prefect/profiles.toml": PROFILES}
    )
    assert find_prefect(host).active == "corp"
    assert shadows(host) == {}


# files that are not ours to refuse


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param(
            "prefect.toml",
            b"x x\n",
            "it is not valid TOML, and Prefect does not start in this directory: "
            "Expected '=' after a key in a key/value pair (at line 1, column 3)",
            id="broken prefect.toml",
        ),
        pytest.param(
            "pyproject.toml",
            b"\xff",
            "it is not UTF-8, and Prefect does not start in this directory",
            id="binary pyproject.toml",
        ),
        pytest.param(
            ".env",
            b"A=\xe9\n",
            "it is not UTF-8, and Prefect does not start in this directory",
            id="Latin-1 .env",
        ),
    ],
)
def test_an_unreadable_settings_file_is_noted(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    host = machine(tmp_path, {"home/.prefect/profiles.toml": PROFILES})
    path = tmp_path / "project" / name
    path.write_bytes(content)
    findings = find_prefect(host)
    assert findings.unreadable == (Rejection(f"`{path}`", reason),)
    assert findings.api_url is not None
    assert findings.api_url.value == "http://profile.test/api"


def test_a_bad_line_of_dotenv_is_noted_and_the_others_count(tmp_path: Path) -> None:
    host = machine(tmp_path, {"project/.env": 'A=1\nB="x\nPREFECT_API_URL=http://x.test/api\n'})
    findings = find_prefect(host)
    assert findings.unreadable == (Rejection(f"`{tmp_path}/project/.env`", "line 2 cannot be parsed"),)
    assert shadows(host)["PREFECT_API_URL"][0] == "http://x.test/api"


def test_a_directory_named_dotenv_is_noted(tmp_path: Path) -> None:
    host = machine(tmp_path)
    (tmp_path / "project/.env").mkdir()
    reason = "it cannot be read: it is a directory"
    assert find_prefect(host).unreadable == (Rejection(f"`{tmp_path}/project/.env`", reason),)


# the real one

ASK = """\
import json
from prefect.settings import get_current_settings, sources
settings = get_current_settings()
ephemeral = settings.server.ephemeral
print(json.dumps({
    "profiles_path": str(sources._get_profiles_path().resolve()),
    "PREFECT_API_URL": settings.api.url,
    "PREFECT_API_SSL_CERT_FILE": settings.api.ssl_cert_file,
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": str(settings.api.tls_insecure_skip_verify).lower(),
    "PREFECT_SERVER_ANALYTICS_ENABLED": str(settings.server.analytics_enabled).lower(),
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": str(ephemeral.enabled).lower(),
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(ephemeral.startup_timeout_seconds),
}))
"""

USUAL = {"home/.prefect/profiles.toml": PROFILES}
IN_PYPROJECT = '[tool.prefect.api]\nurl = "http://py.test/api"\nssl_cert_file = "/py.pem"\n'
IN_DOTENV = (
    'export prefect_api_url="http://${NODE:-dot.test}/api" # ours\nPREFECT_SERVER_EPHEMERAL_ENABLED=false\n'
)


DEFAULTS = {
    "PREFECT_API_SSL_CERT_FILE": None,
    "PREFECT_API_TLS_INSECURE_SKIP_VERIFY": "false",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "true",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "20",
}


def ask_prefect(host: Host) -> dict[str, str | None]:
    environment = {**host.environment, "HOME": str(host.home), "DO_NOT_TRACK": "1"}
    answer = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=host.directory,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(answer.stdout.splitlines()[-1]))


@pytest.mark.one_python
@pytest.mark.parametrize(
    ("files", "environment", "api_url"),
    [
        pytest.param(USUAL, {}, "http://profile.test/api", id="profile alone"),
        pytest.param(
            {**USUAL, "project/pyproject.toml": IN_PYPROJECT},
            {},
            "http://py.test/api",
            id="pyproject.toml over profile",
        ),
        pytest.param(
            {**USUAL, "project/pyproject.toml": IN_PYPROJECT, "project/prefect.toml": IN_TOML},
            {},
            "http://toml.test/api",
            id="prefect.toml over pyproject.toml",
        ),
        pytest.param(
            {**USUAL, "project/prefect.toml": IN_TOML, "project/.env": IN_DOTENV},
            {"NODE": "n.test"},
            "http://n.test/api",
            id=".env over prefect.toml",
        ),
        pytest.param(
            {**USUAL, "project/prefect.toml": IN_TOML, "project/.env": IN_DOTENV},
            {
                "PREFECT_API_URL": "http://env.test/api",
                "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
                "PREFECT_API_SSL_CERT_FILE": "",
            },
            "http://env.test/api",
            id="environment over all",
        ),
        pytest.param(
            {"elsewhere/p.toml": PROFILES, "project/.env": "PREFECT_PROFILES_PATH=../elsewhere/p.toml\n"},
            {"PREFECT_PROFILE": "other", "PREFECT_HOME": "{tmp}/ph"},
            "http://other.test/api",
            id="profiles named by .env, profile by the environment",
        ),
    ],
)
def test_prefect_itself_says_the_same(
    tmp_path: Path, files: dict[str, str], environment: dict[str, str], api_url: str
) -> None:
    (tmp_path / "ph").mkdir()
    host = machine(tmp_path, files, **environment)
    real, findings = ask_prefect(host), find_prefect(host)
    assert findings.api_url is not None
    assert findings.api_url.value == real["PREFECT_API_URL"] == api_url
    assert str(findings.profiles_path) == real.pop("profiles_path")
    said = {name: found.value for name, found in findings.shadows if name != "PREFECT_PROFILE"}
    assert real == DEFAULTS | {"PREFECT_API_URL": api_url} | said


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param(
            "A=1\nB=x" + " " * 60_000 + "y\n", "line 2 has hundreds of blanks in a row", id="blanks"
        ),
        pytest.param(
            "A=0123456789\n" + "A=${A}${A}\n" * 64,
            "its references make it longer than 1,048,576 characters (at line 17)",
            id="doubled again and again",
        ),
        pytest.param("A=1\n" * 16_385, "it is longer than 65,536 characters", id="long"),
    ],
)
def test_a_dotenv_file_that_would_take_for_ever_is_passed_over(
    tmp_path: Path, text: str, reason: str
) -> None:
    found = find_prefect(machine(tmp_path, {"project/.env": text}))
    assert [each.reason for each in found.unreadable] == [f"it is not read: {reason}"]


def test_a_long_dotenv_file_is_read(tmp_path: Path) -> None:
    text = "A=1\n" * 16_370 + "PREFECT_API_URL=http://a/api\n"
    assert find_prefect(machine(tmp_path, {"project/.env": text})).shadows[0][1].value == "http://a/api"


def test_references_without_an_end_cost_one_look(tmp_path: Path) -> None:
    found = find_prefect(machine(tmp_path, {"project/.env": "A=" + "${" * 30_000 + "\n"}))
    assert [each.reason for each in found.unreadable] == ["line 1 cannot be parsed"]
