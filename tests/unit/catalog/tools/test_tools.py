"""What ``--configure`` writes for each tool, in full."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.tools import MODULES, gradle, load_tools
from proxyenv.errors import PlanError
from proxyenv.machine.tools import find_paths
from proxyenv.model.proxy_url import parse_proxy_url
from proxyenv.model.tools import ToolFindings
from support.machines import HOME, MadeUpMachine, make_host
from support.tools import BUNDLE, SECRET, STORE, WANTED, configure, settings_of

if TYPE_CHECKING:
    from proxyenv.catalog.tools.tool import Wanted
    from proxyenv.model.target import Variable
    from proxyenv.model.tools import ToolFile


def only(tool: str, wanted: Wanted = WANTED) -> ToolFile:
    (file,) = configure(tool, wanted).files
    return file


def java_variable(wanted: Wanted = WANTED) -> Variable:
    (variable,) = configure("java", wanted).variables
    return variable


def test_a_module_is_named_like_its_tool() -> None:
    assert tuple(tool.name for tool in load_tools()) == MODULES


def test_wget() -> None:
    assert (only("wget").path, settings_of("wget")) == (HOME / ".wgetrc", {"ca_certificate": BUNDLE})


def test_gradle() -> None:
    assert settings_of("gradle") == {
        "systemProp.http.proxyHost": "proxy.corp.test",
        "systemProp.http.proxyPort": "3128",
        "systemProp.https.proxyHost": "proxy.corp.test",
        "systemProp.https.proxyPort": "3128",
        "systemProp.http.nonProxyHosts": "localhost|*.corp.test",
        "systemProp.javax.net.ssl.trustStore": STORE,
        "systemProp.javax.net.ssl.trustStoreType": "PKCS12",
    }


@pytest.mark.parametrize(
    ("value", "escaped"),
    [
        ("a b", "a b"),
        (" a", "\\ a"),
        ("c:\\x", "c:\\\\x"),
        ("\u00e9\n", "\\u00e9\\u000a"),
        ("\U0001f600", "\\ud83d\\ude00"),
    ],
)
def test_a_property_is_escaped(value: str, escaped: str) -> None:
    assert gradle.escape(value) == escaped


def test_java() -> None:
    variable = java_variable()
    assert variable.value == (
        "-Dhttp.proxyHost=proxy.corp.test -Dhttp.proxyPort=3128 "
        "-Dhttps.proxyHost=proxy.corp.test -Dhttps.proxyPort=3128 "
        "-Dhttp.nonProxyHosts=localhost|*.corp.test "
        f"-Djavax.net.ssl.trustStore={STORE} -Djavax.net.ssl.trustStoreType=PKCS12"
    )
    assert variable.file == STORE


def test_java_quotes_a_path_with_a_blank() -> None:
    host = make_host(home=HOME / "a b")
    variable = java_variable(WANTED._replace(layout=host.layout))
    assert f"'-Djavax.net.ssl.trustStore={HOME}/a b/.local/share/proxyenv/ca-bundle.p12'" in (
        variable.value or ""
    )


def test_java_is_told_no_password() -> None:
    variable = java_variable(WANTED._replace(http=SECRET, https=SECRET))
    assert [word for word in ("ada:", "p<", "p%3C", "proxyUser") if word in (variable.value or "")] == []


def test_maven() -> None:
    settings = settings_of("maven")
    assert list(settings) == ["proxyenv-http", "proxyenv-https", "MAVEN_OPTS"]
    assert settings["proxyenv-https"].splitlines()[1:6] == [
        "      <id>proxyenv-https</id>",
        "      <active>true</active>",
        "      <protocol>https</protocol>",
        "      <host>proxy.corp.test</host>",
        "      <port>3128</port>",
    ]


def test_maven_escapes_a_password() -> None:
    files = configure("maven", WANTED._replace(http=SECRET, https=SECRET)).files
    assert [file.sensitive for file in files] == [True, False]
    assert "<password>p&lt; ss</password>" in files[0].settings[0][1]


def test_apt_says_direct_for_plain_names_alone() -> None:
    content = only("apt").content
    assert content == (
        "// Written by proxyenv; `proxyenv uninstall` takes it away.\n"
        'Acquire::http::Proxy "http://proxy.corp.test:3128";\n'
        'Acquire::http::Proxy::localhost "DIRECT";\n'
        'Acquire::https::Proxy "http://proxy.corp.test:3128";\n'
        'Acquire::https::Proxy::localhost "DIRECT";\n'
        f'Acquire::https::CaInfo "{BUNDLE}";\n'
    )


@pytest.mark.parametrize(("here", "elsewhere"), [("http", "https"), ("https", "http")])
def test_apt_goes_direct_where_there_is_no_proxy(here: str, elsewhere: str) -> None:
    """Else it would take the proxy for http, or a variable."""
    wanted = WANTED._replace(http=None) if elsewhere == "http" else WANTED._replace(https=None)
    content = only("apt", wanted).content or ""
    assert f'Acquire::{here}::Proxy "http://proxy.corp.test:3128";' in content
    assert f'Acquire::{elsewhere}::Proxy "DIRECT";' in content
    assert f"Acquire::{elsewhere}::Proxy::" not in content


def test_apt_is_told_of_no_proxy_where_there_is_none() -> None:
    content = only("apt", WANTED._replace(http=None, https=None)).content or ""
    assert "Proxy " not in content


def test_gcloud_makes_a_url_of_an_address() -> None:
    settings = settings_of("gcloud", WANTED._replace(https=parse_proxy_url("http://[2001:db8::1]:3128")))
    assert settings["proxy/address"] == "[2001:db8::1]"


def test_maven_gets_by_number_what_the_encoding_of_the_file_may_lack() -> None:
    secret = parse_proxy_url("http://ada:p%C3%A9@proxy.corp.test:3128")
    assert (
        "<password>p&#233;</password>"
        in settings_of("maven", WANTED._replace(https=secret))["proxyenv-https"]
    )


def test_npm_takes_no_part_of_a_path_for_a_comment_or_a_variable() -> None:
    host = make_host(home=HOME / "a;b#c")
    assert settings_of("npm", WANTED._replace(layout=host.layout)) == {
        "cafile": f"{HOME}/a\\;b\\#c/.local/share/proxyenv/ca-bundle.pem"
    }
    with pytest.raises(PlanError, match=r"npm would take a part of"):
        settings_of("npm", WANTED._replace(layout=make_host(home=HOME / "${x}").layout))


def test_yarn_2_takes_no_part_of_a_path_for_a_variable() -> None:
    with pytest.raises(PlanError, match=r"`/home/ada/\$\{x\}/.*` for a variable") as raised:
        settings_of("yarn", WANTED._replace(layout=make_host(home=HOME / "${x}").layout))
    assert raised.value.code == "value-unrepresentable"


@pytest.mark.parametrize(
    ("user", "what"),
    [
        pytest.param("ada:p%24%7Bx%7D", "password for a variable", id="a variable in the password"),
        pytest.param("%24%7Bx%7D:p", "username for a variable", id="a variable in the name"),
        pytest.param("ada:a%7Bb%7Dc", "password for an encrypted one", id="braces in the password"),
    ],
)
def test_maven_is_not_told_what_it_would_read_otherwise(user: str, what: str) -> None:
    secret = parse_proxy_url(f"http://{user}@proxy.corp.test:3128")
    with pytest.raises(PlanError) as raised:
        settings_of("maven", WANTED._replace(http=secret, https=secret))
    assert raised.value.code == "value-unrepresentable"
    assert what in raised.value.message
    assert "{" not in str(raised.value)


@pytest.mark.parametrize(
    ("user", "element"),
    [
        ("ada:a%7Db%7Bc", "<password>a}b{c</password>"),
        ("ada:%24x", "<password>$x</password>"),
        ("%7Bada%7D:p", "<username>{ada}</username>"),
    ],
)
def test_maven_is_told_what_only_looks_like_that(user: str, element: str) -> None:
    secret = parse_proxy_url(f"http://{user}@proxy.corp.test:3128")
    assert element in settings_of("maven", WANTED._replace(http=secret, https=secret))["proxyenv-https"]


def test_apt_refuses_a_bundle_that_it_could_not_read() -> None:
    closed = WANTED.found._replace(seen={"apt": (("closed", str(HOME)),)})
    with pytest.raises(PlanError, match=r"the user `_apt`, who may not enter `/home/ada`") as raised:
        configure("apt", WANTED._replace(found=closed))
    assert raised.value.code == "bundle-closed"


def test_npm_and_yarn_are_told_only_where_a_ca_file_is_missing() -> None:
    assert settings_of("npm") == {"cafile": BUNDLE}
    assert settings_of("yarn") == {"httpsCaFilePath": f'"{BUNDLE}"'}
    assert settings_of("npm", WANTED._replace(found=ToolFindings(paths=WANTED.found.paths))) == {}


def test_conda_quotes() -> None:
    wanted = WANTED._replace(layout=make_host(home=HOME / "it's").layout)
    assert settings_of("conda", wanted) == {
        "ssl_verify": f"'{HOME}/it''s/.local/share/proxyenv/ca-bundle.pem'",
        "proxy_servers/http": "'http://proxy.corp.test:3128'",
        "proxy_servers/https": "'http://proxy.corp.test:3128'",
    }


@pytest.mark.parametrize("tool", ["apt", "docker", "vscode"])
def test_a_password_is_refused_where_others_would_get_it(tool: str) -> None:
    with pytest.raises(PlanError) as raised:
        configure(tool, WANTED._replace(http=SECRET, https=SECRET))
    assert (raised.value.code, "p%3C" in str(raised.value)) == ("password-refused", False)


@pytest.mark.parametrize("tool", ["gradle", "maven", "gcloud"])
def test_a_proxy_that_speaks_tls_is_refused_where_it_cannot_be_used(tool: str) -> None:
    with pytest.raises(PlanError, match=r"cannot use a proxy that itself speaks TLS"):
        configure(tool, WANTED._replace(https=parse_proxy_url("https://proxy.corp.test:3129")))


@pytest.mark.parametrize(
    ("variable", "place", "path"),
    [
        ("WGETRC", "wget", "/x/y"),
        ("DOCKER_CONFIG", "docker", "/x/y/config.json"),
        ("GRADLE_USER_HOME", "gradle", "/x/y/gradle.properties"),
        ("CLOUDSDK_CONFIG", "gcloud", "/x/y/configurations/config_default"),
        ("CONDARC", "conda", "/x/y"),
        ("npm_config_userconfig", "npm", "/x/y"),
    ],
)
def test_a_variable_says_where_the_file_is(variable: str, place: str, path: str) -> None:
    assert str(find_paths(MadeUpMachine(environment={variable: "/x/y"}))[place]) == path
