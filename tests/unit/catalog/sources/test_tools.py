"""The files of tools as sources of a proxy, of its exceptions, and of CAs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from proxyenv.catalog.sources import tools
from proxyenv.catalog.sources.named_files import find_named_files, find_near_misses
from support.machines import MadeUpMachine

if TYPE_CHECKING:
    from pathlib import Path

HTTP, HTTPS, ALL = "http", "https", "all"
PROXY = "http://p.test:8080"
GRADLE = "systemProp.https.proxyHost=p.test\nsystemProp.https.proxyPort=8080\n"
MAVEN = """\
<settings><proxies>
<proxy><id>c</id>{}<protocol>http</protocol>
<host>p.test</host><port>8080</port><username>ada</username>{}
<nonProxyHosts>a.test|*.b.test</nonProxyHosts></proxy></proxies></settings>
"""


def read(name: str, text: str) -> tuple[list[tuple[str, str, int]], list[str], list[str]]:
    """The proxies with kind and line, the lists, and what goes direct."""
    path = f"/home/ada/{name}" if not name.startswith("/") else name
    found = tools.read(MadeUpMachine(texts={path: text}))
    proxies = [
        (kind, each.value, int(each.provenance.rpartition("line ")[2])) for kind, each in found.proxies
    ]
    assert all(f"`{path}`" in each.provenance for _, each in found.proxies)
    return proxies, [each.value for each in found.no_proxy], [each.value for each in found.direct]


@pytest.mark.parametrize(
    ("name", "text", "proxies", "lists"),
    [
        (".npmrc", "a=1\nproxy=http://p.test:8080\n", [(ALL, PROXY, 2)], []),
        (
            ".npmrc", "https-proxy=http://s.test:1\nproxy=http://p.test:8080\nnoproxy=a.test,.b.test\n",
            [(HTTP, PROXY, 2), (HTTPS, "http://s.test:1", 1)], ["a.test,.b.test"],
        ),
        (".npmrc", "https-proxy=http://p.test:8080\n", [(HTTPS, PROXY, 1)], []),
        (".gitconfig", "[user]\nname = ada\n[http]\n\tproxy = http://p.test:8080\n", [(ALL, PROXY, 4)], []),
        (".gitconfig", '[http "https://git.test"]\n\tproxy = http://p.test:8080\n', [], []),
        (".condarc", "proxy_servers:\n  http: http://a.test:1\n  https: http://p.test:8080\n",
            [(HTTP, "http://a.test:1", 2), (HTTPS, PROXY, 3)], []),
        (".condarc", "proxy_servers:\n  'https://repo.test': http://p.test:8080\n", [], []),
        (".config/pip/pip.conf", "[global]\nproxy = p.test:8080\n", [(ALL, "p.test:8080", 2)], []),
        (".curlrc", '# c\nproxy = "http://p.test:8080"\nnoproxy = "a.test"\n', [(ALL, PROXY, 2)], ["a.test"]),
        (".curlrc", "-x p.test:8080\n", [(ALL, "p.test:8080", 1)], []),
        (
            ".wgetrc", "https_proxy = http://p.test:8080\nno_proxy = a.test\nhttp_proxy=http://a.test:1/\n",
            [(HTTPS, PROXY, 1), (HTTP, "http://a.test:1/", 3)], ["a.test"],
        ),
        (".cargo/config.toml", '[http]\nproxy = "p.test:8080"\n', [(ALL, "p.test:8080", 2)], []),
        (".config/uv/uv.toml", 'https-proxy = "http://p.test:8080"\nno-proxy = ["a.test", "b.test"]\n',
            [(HTTPS, PROXY, 1)], ["a.test,b.test"]),
        (".yarnrc", 'proxy "http://p.test:8080"\n', [(ALL, PROXY, 1)], []),
        (".yarnrc.yml", 'httpsProxy: "http://p.test:8080"\n', [(HTTPS, PROXY, 1)], []),
        (".config/pnpm/rc", "proxy=http://p.test:8080\n", [(ALL, PROXY, 1)], []),
        (
            ".config/Code/User/settings.json",
            '{ // mine\n "http.proxy": "http://p.test:8080",\n "http.noProxy": ["a.test"],\n}',
            [(ALL, PROXY, 2)], ["a.test"],
        ),
        (".config/Code - Insiders/User/settings.json", f'{{"http.proxy": "{PROXY}"}}', [(ALL, PROXY, 1)], []),
        (".config/VSCodium/User/settings.json", f'{{"http.proxy": "{PROXY}"}}', [(ALL, PROXY, 1)], []),
        *(
            (f"{place}/settings.json", f'{{"http.proxy": "{PROXY}"}}', [(ALL, PROXY, 1)], [])
            for place in (
                *(".config/Cursor/User", ".config/Windsurf/User", ".config/Code - OSS/User"),
                *(".local/share/code-server/User", ".local/share/code-server/Machine"),
                *(".cursor-server/data/Machine", ".vscode-remote/data/Machine"),
                *(".openvscode-server/data/Machine", ".windsurf-server/data/Machine"),
                ".var/app/com.visualstudio.code/config/Code/User",
                ".var/app/com.vscodium.codium/config/VSCodium/User",
            )
        ),
        (".vscode-server/data/Machine/settings.json", f'{{"http.proxy": "{PROXY}"}}', [(ALL, PROXY, 1)], []),
        (
            ".docker/config.json",
            '{"proxies": {"default": {\n"httpProxy": "http://p.test:8080", "noProxy": "a.test"}}}',
            [(HTTP, PROXY, 2)], ["a.test"],
        ),
        ("/etc/docker/daemon.json", '{"proxies": {"https-proxy": "http://p.test:8080"}}',
            [(HTTPS, PROXY, 1)], []),
        (
            ".m2/settings.xml",
            MAVEN.format("<active>true</active>", "<password>s@c</password>"),
            [(ALL, "http://ada:s%40c@p.test:8080", 3)], ["a.test|*.b.test"],
        ),
        (
            ".m2/settings.xml",
            MAVEN.format("<active>false</active>", ""), [], [],
        ),
        (
            ".m2/settings.xml",
            MAVEN.format("", "<password>{a+b=}</password>"), [(ALL, "p.test:8080", 3)], ["a.test|*.b.test"],
        ),
        (
            ".m2/settings.xml",
            "<settings><proxies><proxy>\n<host>p.test</host><port>8080</port></proxy></proxies></settings>",
            [(ALL, "p.test:8080", 2)], [],
        ),
        (
            ".gradle/gradle.properties",
            f"{GRADLE}systemProp.http.nonProxyHosts=a.test|*.b.test\n",
            [(HTTPS, "p.test:8080", 1)], ["a.test|*.b.test"],
        ),
        (
            ".config/gcloud/configurations/config_default",
            "[proxy]\ntype = http\naddress = p.test\nport = 8080\n", [(ALL, "p.test:8080", 3)], [],
        ),
        (
            ".config/gcloud/configurations/config_default",
            "[proxy]\ntype = socks5\naddress = p.test\n", [], [],
        ),
    ],
)  # fmt: skip
def test_a_tool_names_a_proxy(
    name: str, text: str, proxies: list[tuple[str, str, int]], lists: list[str]
) -> None:
    assert read(name, text) == (proxies, lists, [])


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        (".gitconfig", "[http]\nproxy =\n", "git goes direct"),
        (".gitconfig", '[http "https://a.test"]\nproxy =\n', "git goes direct"),
        (".gitconfig", "[http]\nproxy = none\n", "says `none`, which git takes for the name of a host"),
        (".gitconfig", "[http]\nproxy = null:null\n",
            "says `null`, which git takes for the name of a host"),
        (".gitconfig", "[http]\nproxy = http://null:Zq7vXj3\n",
            "says `null`, which git takes for the name of a host"),
        (".curlrc", 'proxy = ""\n', "curl goes direct"),
        (".curlrc", "noproxy = *\n", "curl goes direct"),
        (".curlrc", "proxy = DIRECT\n", "says `DIRECT`, which curl takes for the name of a host"),
        (".wgetrc", "use_proxy = off\n", "wget goes direct"),
        (".wgetrc", "https_proxy =\n", "wget goes direct"),
        (".cargo/config.toml", '[http]\nproxy = ""\n', "cargo goes direct"),
        (".npmrc", "proxy=false\n", "npm has no proxy of its own"),
        (".npmrc", "https-proxy = null\n", "npm has no proxy of its own"),
        (".config/pip/pip.conf", "[global]\nproxy =\n", "pip has no proxy of its own"),
        (".config/pip/pip.conf", "[global]\nproxy = None\n",
            "says `None`, which pip takes for the name of a host"),
        (".condarc", "proxy_servers:\n  https: null\n", "conda has no proxy of its own"),
        (".yarnrc.yml", "httpsProxy: null\n", "yarn has no proxy of its own"),
        (".config/Code/User/settings.json", '{"http.proxySupport": "off"}', "vscode goes direct"),
        (".config/Code/User/settings.json", '{"http.proxy": ""}', "vscode has no proxy of its own"),
    ],
)  # fmt: skip
def test_none_is_a_find(name: str, text: str, said: str) -> None:
    assert read(name, text) == ([], [], [said])


def test_a_proxy_without_a_value_is_none_but_a_fault_of_its_file() -> None:
    found = tools.read(MadeUpMachine(texts={"/home/ada/.gitconfig": "[http]\n\tproxy\n\tsslVerify\n"}))
    assert (found.proxies, found.direct) == ((), ())
    assert [tuple(each) for each in found.notes] == [
        ("has no value, and git refuses the file", "`http.proxy` in `/home/ada/.gitconfig`, line 2")
    ]


def test_the_proxy_of_one_host_is_a_note() -> None:
    text = '[http "https://git.test"]\n\tproxy = socks5://ada:secret@p.test:1080\n'
    (note,) = tools.read(MadeUpMachine(texts={"/home/ada/.gitconfig": text})).notes
    assert note.value == "git has the proxy `socks5://****@p.test:1080` for one host alone: not taken"
    assert note.provenance == "`http.https://git.test.proxy` in `/home/ada/.gitconfig`, line 2"


def test_a_password_in_the_name_of_a_setting_is_masked() -> None:
    text = '[http "https://ci:secret@git.test/"]\n\tproxy = http://p.test:1080\n\tproxy\n'
    notes = tools.read(MadeUpMachine(texts={"/home/ada/.gitconfig": text})).notes
    assert [each.provenance for each in notes] == [
        "`http.https://****@git.test/.proxy` in `/home/ada/.gitconfig`, line 3"
    ]


def test_the_stronger_file_of_a_tool_counts() -> None:
    texts = {
        "/etc/npmrc": "proxy=http://old.test:1\nhttps-proxy=http://s.test:2\n",
        "/home/ada/.npmrc": "proxy=http://new.test:3\n",
    }
    found = tools.read(MadeUpMachine(texts=texts)).proxies
    assert [(kind, each.value) for kind, each in found] == [
        ("http", "http://new.test:3"),
        ("https", "http://s.test:2"),
    ]


def test_no_edition_of_an_editor_hides_another() -> None:
    texts = {
        "/home/ada/.config/Code/User/settings.json": '{"http.proxy": "http://code.test:1"}',
        "/home/ada/.config/Cursor/User/settings.json": '{"http.proxy": "http://cursor.test:2"}',
        "/home/ada/.vscode-server/data/Machine/settings.json": '{"http.proxySupport": "off"}',
        "/home/ada/.config/VSCodium/User/settings.json": '{"http.noProxy": ["a.test"]}',
    }
    found = tools.read(MadeUpMachine(texts=texts))
    assert [each.value for _, each in found.proxies] == ["http://code.test:1", "http://cursor.test:2"]
    assert [each.value for each in found.direct] == ["vscode goes direct"]
    assert [each.value for each in found.no_proxy] == ["a.test"]


@pytest.mark.parametrize(
    ("variable", "place"),
    [("VSCODE_PORTABLE", "user-data"), ("VSCODE_APPDATA", "Code")],
)
def test_a_variable_says_where_the_settings_of_the_editor_are(variable: str, place: str) -> None:
    texts = {
        f"/srv/{place}/User/settings.json": f'{{"http.proxy": "{PROXY}"}}',
        "/home/ada/.config/Code/User/settings.json": '{"http.proxy": "http://old.test:1"}',
    }
    ((_, found),) = tools.read(MadeUpMachine(texts=texts, environment={variable: "/srv"})).proxies
    assert found.value == PROXY


def test_curl_reads_the_first_of_its_files() -> None:
    texts = {"/cfg/.curlrc": "silent\n", "/home/ada/.curlrc": "proxy = http://old.test:1\n"}
    assert tools.read(MadeUpMachine(texts=texts, environment={"CURL_HOME": "/cfg"})).proxies == ()


def test_a_workspace_cannot_set_the_proxy_of_its_editor() -> None:
    texts = {"/project/.vscode/settings.json": '{"http.proxy": "http://evil.test:1"}'}

    class InAProject(MadeUpMachine):
        def absolute(self, text: str, *, expand: bool = True) -> Path:
            return super().absolute(f"/project/{text}", expand=expand)

    assert tools.read_project(InAProject(texts=texts)).proxies == ()


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".npmrc", "proxy=http://evil.test:1\ncafile=/project/evil.pem\n"),
        (".git/config", "[http]\nproxy = http://evil.test:1\n"),
        (".cargo/config.toml", '[http]\nproxy = "http://evil.test:1"\n'),
        (".yarnrc.yml", "httpsProxy: http://evil.test:1\n"),
        ("uv.toml", 'https-proxy = "http://evil.test:1"\n'),
    ],
)
def test_what_a_project_says_is_shown_alone(name: str, text: str) -> None:
    class InAProject(MadeUpMachine):
        def absolute(self, text: str, *, expand: bool = True) -> Path:
            return super().absolute(
                f"/project/{text}" if not text.startswith(("/", "~")) else text, expand=expand
            )

    machine = InAProject(texts={f"/project/{name}": text})
    shown = tools.read_project(machine)
    assert (shown.use, {each.value for _, each in shown.proxies}) == ("shown", {"http://evil.test:1"})
    assert tools.read(machine).proxies == ()
    assert list(find_named_files(machine)) == []


FIVE = {
    "/home/ada/.npmrc": "cafile=/corp/ca.pem\n",
    "/home/ada/.gitconfig": "[http]\nsslCAInfo = /corp/ca.pem\n",
    "/home/ada/.config/pip/pip.conf": "[global]\ncert = /corp/ca.pem\n",
    "/home/ada/.condarc": "ssl_verify: /corp/ca.pem\n",
    "/home/ada/.curlrc": "cacert = /corp/ca.pem\n",
}


def test_files_of_cas_are_named_by_tools() -> None:
    found = [(str(each.value), each.provenance) for each in find_named_files(MadeUpMachine(texts=FIVE))]
    assert found == [
        ("/corp/ca.pem", "`global.cert` in `/home/ada/.config/pip/pip.conf`, line 2"),
        ("/corp/ca.pem", "`ssl_verify` in `/home/ada/.condarc`, line 1"),
        ("/corp/ca.pem", "`cacert` in `/home/ada/.curlrc`, line 1"),
        ("/corp/ca.pem", "`http.sslcainfo` in `/home/ada/.gitconfig`, line 2"),
        ("/corp/ca.pem", "`cafile` in `/home/ada/.npmrc`, line 1"),
    ]


@pytest.mark.parametrize(
    ("name", "value", "known", "word"),
    [
        ("EXTRA_NODE_CA_CERTS", "/c", "NODE_EXTRA_CA_CERTS", "nobody reads"),
        ("REQUEST_CA_BUNDLE", "/c", "REQUESTS_CA_BUNDLE", "nobody reads"),
        ("REQUESTS_CA_BUNDLES", "/c", "REQUESTS_CA_BUNDLE", "nobody reads"),
        ("NODE_EXTRA_CA_CERT", "/c", "NODE_EXTRA_CA_CERTS", "nobody reads"),
        ("SSL_FILE_CERT", "/c", "SSL_CERT_FILE", "nobody reads"),
        ("SSL_CERT_FIEL", "/c", "SSL_CERT_FILE", "nobody reads"),
        ("HTTPPROXY", "p:1", "HTTP_PROXY", "nobody reads"),
        ("HTTPS_PROXIES", "p:1", "HTTPS_PROXY", "nobody reads"),
        ("NO_PROXYS", "a", "NO_PROXY", "nobody reads"),
        ("Https_Proxy", "p:1", "https_proxy", "Python's clients and npm alone"),
        ("No_Proxy", "a", "no_proxy", "Python's clients and npm alone"),
        ("ssl_cert_file", "/c", "SSL_CERT_FILE", "nobody reads"),
        ("Requests_CA_Bundle", "/c", "REQUESTS_CA_BUNDLE", "nobody reads"),
        ("node_extra_ca_certs", "/c", "NODE_EXTRA_CA_CERTS", "nobody reads"),
        ("SSL_CERT_FILE", "~/c", "SSL_CERT_FILE", "`~`"),
        ("REQUESTS_CA_BUNDLE", '"/c"', "REQUESTS_CA_BUNDLE", "quotes"),
        ("CURL_CA_BUNDLE", "'/c'", "CURL_CA_BUNDLE", "quotes"),
        ("NODE_EXTRA_CA_CERTS", "$HOME/c", "NODE_EXTRA_CA_CERTS", "variable"),
        ("SSL_CERT_FILE", "%USERPROFILE%\\c", "SSL_CERT_FILE", "variable"),
    ],
)
def test_a_variable_is_nearly_right(name: str, value: str, known: str, word: str) -> None:
    (found,) = find_near_misses({name: value})
    assert (found.name, found.known, word in found.reason) == (name, known, True)


@pytest.mark.parametrize(
    "name",
    [
        "FTP_PROXY", "RSYNC_PROXY", "SOCKS_PROXY", "ws_proxy", "GIT_PROXY_COMMAND", "CARGO_HTTP_CAINFO",
        "PIP_CERT", "GIT_SSL_CAINFO", "GIT_SSL_CERT", "AWS_CA_BUNDLE", "NIX_SSL_CERT_FILE",
        "SSL_CLIENT_CERT", "DOCKER_CERT_PATH", "npm_config_proxy", "NPM_CONFIG_CAFILE", "CURL_CA_BUNDLE",
        "http_proxy", "Npm_Config_Cafile",
        "MY_CERT_FILE", "NO_PROXY", "GRPC_PROXY", "all_proxy", "HTTP_PROXY_HOST", "CERT_PATH",
    ],
)  # fmt: skip
def test_other_variables_are_left_alone(name: str) -> None:
    assert list(find_near_misses({name: "/c"})) == []


def test_a_nearly_right_variable_names_a_file() -> None:
    environment = {"EXTRA_NODE_CA_CERTS": "/corp/ca.pem", "SSL_CERT_FILE": "~/ca.pem"}
    found = find_named_files(MadeUpMachine(environment=environment))
    assert [str(each.value) for each in found] == ["/corp/ca.pem", "/home/ada/ca.pem"]
