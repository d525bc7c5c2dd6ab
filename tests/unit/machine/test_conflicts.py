"""Conflicting settings: each with its place and what removes it."""

from __future__ import annotations

import hashlib
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme

from proxyenv.catalog.tools import npm, yarn
from proxyenv.machine.conflicts import find_conflicts, find_tool_proxies
from proxyenv.machine.local import LocalMachine
from proxyenv.machine.named_roots import find_lack
from proxyenv.machine.tools import read_tools
from support.machines import make_host

if TYPE_CHECKING:
    from pathlib import Path

    from proxyenv.model.host import Host
    from proxyenv.model.tools import Conflict

MEANT = ("http://proxy.corp.test:3128",)
OFF, GONE, OTHER, PAST = "verification-off", "ca-file-missing", "proxy-differs", "proxy-off"
SED = "sed -E -i '/^[[:space:]]*\"?{name}\"?([[:space:]=:]|$)/d' {{file}}"

SED_IN = (
    r"sed -E -i '/^[[:space:]]*\[{section}\]/,/^[[:space:]]*\[/"
    """{{{{/^[[:space:]]*"?{name}"?([[:space:]=:]|$)/d;}}}}' {{file}}"""
)

SECRET = '[http "https://ci:a secret@g.test/"]\n'


def find(home: Path, **variables: str) -> tuple[Conflict, ...]:
    """What is found where the system has no files but those below ``system``."""
    host = make_host(home=home, environment={"PATH": "", **variables})
    return look(host, MEANT)


def look(host: Host, proxies: tuple[str, ...] = ()) -> tuple[Conflict, ...]:
    return find_conflicts(LocalMachine(host, host.home / "system"), proxies, is_root=host.is_root)


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    ("name", "text", "line", "cause", "remedy"),
    [
        (".npmrc", "a=1\ncafile = /gone\n", 2, GONE, "npm config delete cafile"),
        (".npmrc", '"strict-ssl" = false\n', 1, OFF, "npm config delete strict-ssl"),
        (".npmrc", "strict-ssl=false ; until IT has fixed it\n", 1, OFF, "npm config delete strict-ssl"),
        (".npmrc", "https-proxy=http://old:1\n", 1, OTHER, "npm config delete https-proxy"),
        (".config/pnpm/rc", "strict-ssl=false\n", 1, OFF, SED.format(name="strict-ssl")),
        (".yarnrc", 'cafile "/gone"\n', 1, GONE, SED.format(name="cafile")),
        (".yarnrc", "strict-ssl false\n", 1, OFF, SED.format(name="strict-ssl")),
        (".yarnrc.yml", "enableStrictSsl: false\n", 1, OFF, "yarn config unset --home enableStrictSsl"),
        (
            ".yarnrc.yml", 'a: 1\n"httpsProxy": "http://old:1"\n', 2, OTHER,
            "yarn config unset --home httpsProxy",
        ),
        (".config/pip/pip.conf", "[global]\ncert = /gone\n", 2, GONE, "pip config --user unset global.cert"),
        (
            ".config/pip/pip.conf", "[install]\ntrusted-host =\n    x\n    y\n", 2, OFF,
            "pip config --user unset install.trusted-host",
        ),
        (
            ".config/pip/pip.conf", "[global]\ntrusted_host = x\n", 2, OFF,
            SED_IN.format(section="global", name="trusted_host"),
        ),
        (".pip/pip.conf", "[global]\nproxy = old:1\n", 2, OTHER,
            SED_IN.format(section="global", name="proxy")),
        (".gitconfig", "[http]\nsslVerify = off\n", 2, OFF,
            "git config --file {file} --unset-all http.sslverify"),
        (".gitconfig", "[http]\nsslVerify =\n", 2, OFF,
            "git config --file {file} --unset-all http.sslverify"),
        (
            ".gitconfig", '[http "https://git.corp.test/"]\n\tsslVerify = 0\n', 2, OFF,
            "git config --file {file} --unset-all http.https://git.corp.test/.sslverify",
        ),
        (
            ".gitconfig", '[http "https://*.corp.test"]\n\tsslCAInfo = /gone\n', 2, GONE,
            "git config --file {file} --unset-all 'http.https://*.corp.test.sslcainfo'",
        ),
        (
            ".config/git/config", "[http]\nsslCAInfo=/gone\n", 2, GONE,
            "git config --file {file} --unset-all http.sslcainfo",
        ),
        (".gitconfig", "[http]\nproxy\n", 2, "value-missing",
            "git config --file {file} --unset-all http.proxy"),
        (".gitconfig", '[http "https://git.corp.test"]\nproxy\n', 2, "value-missing",
            "git config --file {file} --unset-all http.https://git.corp.test.proxy"),
        (".gitconfig", "[http]\nsslCAInfo\n", 2, "value-missing",
            "git config --file {file} --unset-all http.sslcainfo"),
        (".gitconfig", "[http]\nproxy=http://old:1\n", 2, OTHER,
            "git config --file {file} --unset-all http.proxy"),
        (".condarc", "ssl_verify: false\n", 1, OFF, "conda config --file {file} --remove-key ssl_verify"),
        (".condarc", "ssl_verify: '/gone.pem'\n", 1, GONE,
            "conda config --file {file} --remove-key ssl_verify"),
        (
            ".conda/condarc.d/corp.yml", "# c\nverify_ssl: no\n", 2, OFF,
            "conda config --file {file} --remove-key verify_ssl",
        ),
        (
            ".condarc", "proxy_servers:\n  https: http://old:1\n", 2, OTHER,
            "conda config --file {file} --remove-key proxy_servers.https",
        ),
        (".curlrc", "# c\n-k\n", 2, OFF, SED.format(name="-k")),
        (".curlrc", "-sk\n", 1, OFF, "take `insecure` out of line 1 of {file}"),
        (".curlrc", "insecure\n", 1, OFF, SED.format(name="insecure")),
        (".curlrc", "--cacert /gone\n", 1, GONE, SED.format(name="--cacert")),
        (".curlrc", 'proxy = "http://old:1"\n', 1, OTHER, SED.format(name="proxy")),
        (".wgetrc", "check_certificate = off\n", 1, OFF, SED.format(name="check_certificate")),
        (".wgetrc", "CA-Certificate = /gone\n", 1, GONE, SED.format(name="CA-Certificate")),
        (".wgetrc", "https_proxy = http://old:1\n", 1, OTHER, SED.format(name="https_proxy")),
        (
            ".cargo/config.toml", '[http]\ncainfo = "/gone"\n', 2, GONE,
            SED_IN.format(section="http", name="cainfo"),
        ),
        (
            ".config/gcloud/configurations/config_default", "[core]\ncustom_ca_certs_file = /gone\n", 2, GONE,
            "gcloud config unset core/custom_ca_certs_file",
        ),
        (
            ".config/gcloud/configurations/config_default", "[auth]\ndisable_ssl_validation = True\n", 2, OFF,
            "gcloud config unset auth/disable_ssl_validation",
        ),
        (".bundle/config", '---\nBUNDLE_SSL_CA_CERT: "/gone"\n', 2, GONE,
            "bundle config unset --global ssl_ca_cert"),
        (".bundle/config", 'BUNDLE_SSL_VERIFY_MODE: "0"\n', 1, OFF,
            "bundle config unset --global ssl_verify_mode"),
        (
            ".config/composer/config.json", '{\n  "config": {\n    "cafile": "/gone"\n  }\n}\n', 3, GONE,
            "composer config --global --unset cafile",
        ),
        (
            ".config/pypoetry/config.toml", "[certificates.corp]\ncert = false\n", 2, OFF,
            "poetry config --unset certificates.corp.cert",
        ),
        (
            ".config/pypoetry/auth.toml", '[certificates.corp]\ncert = "/gone"\n', 2, GONE,
            "poetry config --unset certificates.corp.cert",
        ),
        (".config/uv/uv.toml", 'allow-insecure-host = ["index.corp.test"]\n', 1, OFF,
            SED.format(name="allow-insecure-host")),
        (".config/uv/uv.toml", 'allow-insecure-host = [\n  "index.corp.test",\n]\n', 1, OFF,
            "take `allow-insecure-host` out of line 1 of {file}"),
        (
            ".config/Code/User/settings.json", '{\n "http.proxyStrictSSL": false\n}', 2, OFF,
            "take `http.proxyStrictSSL` out of line 2 of {file}",
        ),
        (
            "system/etc/apt/apt.conf.d/99corp", 'Acquire {\n  https { Verify-Peer "false"; };\n};\n', 2, OFF,
            "take `Acquire::https::Verify-Peer` out of line 2 of {file}",
        ),
        (
            "system/etc/apt/apt.conf", '// c\n/* d */\nAcquire::http::Proxy "http://old:1"; # e\n', 3, OTHER,
            "sudo " + SED.format(name="Acquire::http::Proxy"),
        ),
        (
            "system/etc/apt/apt.conf",
            'Acquire {\n https { Timeout "9"; };\n http { Proxy "http://old:1"; };\n};', 3, OTHER,
            "take `Acquire::http::Proxy` out of line 3 of {file}",
        ),
        ("system/etc/apt/apt.conf", 'Acquire::https::CaInfo "/gone";', 1, GONE,
            "sudo " + SED.format(name="Acquire::https::CaInfo")),
        ("system/etc/gitconfig", "[http]\n\tsslVerify = false\n", 2, OFF,
            "sudo git config --file {file} --unset-all http.sslverify"),
        ("system/etc/pip.conf", "[global]\ncert = /gone\n", 2, GONE,
            "sudo pip config --global unset global.cert"),
        ("system/etc/npmrc", "cafile=/gone\n", 1, GONE,
            "sudo npm config delete cafile --location=global --globalconfig={file}"),
        ("system/etc/conda/.condarc", "ssl_verify: false\n", 1, OFF,
            "sudo conda config --file {file} --remove-key ssl_verify"),
        (".gitconfig", "[http]\nproxy =\n", 2, PAST, "git config --file {file} --unset-all http.proxy"),
        (".gitconfig", '[http "https://git.corp.test"]\nproxy = ""\n', 2, PAST,
            "git config --file {file} --unset-all http.https://git.corp.test.proxy"),
        (".curlrc", 'noproxy = "*"\n', 1, PAST, SED.format(name="noproxy")),
        (".curlrc", 'proxy = ""\n', 1, PAST, SED.format(name="proxy")),
        (".curlrc", '-x ""\n', 1, PAST, SED.format(name="-x")),
        (".wgetrc", "no_proxy = none\n", 1, "no-proxy-word", SED.format(name="no_proxy")),
        (".curlrc", "noproxy = direct\n", 1, "no-proxy-word", SED.format(name="noproxy")),
        (".curlrc", "noproxy = a.test,null\n", 1, "no-proxy-word", SED.format(name="noproxy")),
        (".wgetrc", "use_proxy = off\n", 1, PAST, SED.format(name="use_proxy")),
        (".wgetrc", "useproxy=no\n", 1, PAST, SED.format(name="useproxy")),
        (".wgetrc", "https_proxy =\n", 1, PAST, SED.format(name="https_proxy")),
        (".cargo/config.toml", '[http]\nproxy = ""\n', 2, PAST, SED_IN.format(section="http", name="proxy")),
        (".gitconfig", "[http]\nproxy = none\n", 2, OTHER, "git config --file {file} --unset-all http.proxy"),
        (".curlrc", "proxy = DIRECT\n", 1, OTHER, SED.format(name="proxy")),
        (".config/pip/pip.conf", "[global]\nproxy = None\n", 2, OTHER,
            "pip config --user unset global.proxy"),
        ("system/etc/apt/apt.conf", 'Acquire::http::Proxy "DIRECT";\n', 1, PAST,
            "sudo " + SED.format(name="Acquire::http::Proxy")),
        (".config/VSCodium/User/settings.json", '{"http.proxySupport": "off"}', 1, PAST,
            "take `http.proxySupport` out of line 1 of {file}"),
        (".cursor-server/data/Machine/settings.json", '{"http.proxy": "http://old:1"}', 1, OTHER,
            "take `http.proxy` out of line 1 of {file}"),
        (".vscodium-server/data/Machine/settings.json", '{"http.proxy": "http://old:1"}', 1, OTHER,
            "take `http.proxy` out of line 1 of {file}"),
        (".docker/config.json", '{"proxies": {"default": {\n"httpsProxy": "http://old:1"}}}', 2, OTHER,
            "take `proxies/default.httpsProxy` out of line 2 of {file}"),
        ("system/etc/docker/daemon.json", '{"proxies": {\n"https-proxy": "http://old:1"}}', 2, OTHER,
            "take `proxies.https-proxy` out of line 2 of {file}"),
        (
            ".m2/settings.xml",
            "<settings><proxies><proxy><id>a</id>\n<host>old</host></proxy></proxies></settings>", 2, OTHER,
            "take `a.host` out of line 2 of {file}",
        ),
        (
            ".gradle/gradle.properties", "systemProp.https.proxyPort=1\nsystemProp.https.proxyHost=old\n",
            2, OTHER, "take `systemProp.https.proxyHost` out of line 2 of {file}",
        ),
        (
            ".config/gcloud/configurations/config_default",
            "[proxy]\ntype = http\naddress = old\nport = 1\n", 3, OTHER, "gcloud config unset proxy/address",
        ),
        ("system/etc/wgetrc", "check_certificate=off\n", 1, OFF,
            "sudo " + SED.format(name="check_certificate")),
    ],
)  # fmt: skip
def test_a_conflicting_setting_is_found(  # noqa: PLR0917 - one row of the table
    tmp_path: Path, name: str, text: str, line: int, cause: str, remedy: str
) -> None:
    path = write(tmp_path / name, text)
    (found,) = find(tmp_path)
    assert (found.cause, found.provenance) == (cause, f"`{path}`, line {line}")
    assert found.remedy == remedy.format(file=path)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".npmrc", "strict-ssl=true\nproxy=proxy.corp.test:3128\n; cafile=/gone\n"),
        (".npmrc", "cafile=${HOME}/x.pem\nproxy=null\n"),
        (".npmrc", "proxy=false\nhttps-proxy=undefined\n"),
        (".yarnrc.yml", "httpsProxy: ~\n"),
        (".condarc", "proxy_servers:\n  https:\n"),
        (".config/pip/pip.conf", "[global]\nproxy =\n"),
        (".npmrc", "cafile=certs/corp.pem\n"),
        (".npmrc", "cafile=/dev/null ; from IT\n"),
        (".npmrc", "strict-ssl=false\nstrict-ssl=true\n"),
        (".npmrc", "strict-ssl=0\n"),
        (".npmrc", "[section]\nstrict-ssl=false\n"),
        (".curlrc", "insecure\nno-insecure\n"),
        (".curlrc", "-X POST\n"),
        (".wgetrc", "check_certificate = off # x\n"),
        (".npmrc", "cafile=/home/${USER}/x.pem\n"),
        (".gitconfig", "[http]\nsslVerify = true\nsslVerify\n[diff]\nproxy = x\n"),
        (".condarc", "ssl_verify: true\n"),
        (".condarc", "ssl_verify: truststore\n"),
        (".condarc", "ssl_verify: {\n"),
        (".curlrc", "silent\nproxy = http://proxy.corp.test:3128/\n"),
        (".cargo/config.toml", "[http]\ncheck-revoke = false\n[net]\nproxy = 'x'\n"),
        (".config/pypoetry/config.toml", "[certificates.corp]\ncert = true\n[virtualenvs]\ncreate = false\n"),
        (".config/uv/uv.toml", "allow-insecure-host = []\n"),
        (".bundle/config", 'BUNDLE_SSL_VERIFY_MODE: "1"\n'),
        ("system/etc/apt/apt.conf", 'Acquire::http::Proxy::h "http://x:1";\n'),
        (".wgetrc", "use_proxy = on\n"),
        (".curlrc", "noproxy = localhost\n"),
        (".curlrc", "noproxy = a.test,direct\n"),
        (".npmrc", "noproxy=null\n"),
        (".config/Code/User/settings.json", '{"http.proxySupport": "override"}'),
        ("system/etc/wgetrc", "no_proxy = a.test\n"),
        (".gitconfig", "[http]\nproxy =\nproxy = http://proxy.corp.test:3128\n"),
        ("system/etc/apt/apt.conf.d/95proxyenv", 'Acquire::http::Proxy "http://old:1";\n'),
        ("system/etc/apt/apt.conf", '# Acquire::https::Verify-Peer "false";\n'),
        (".config/Code/User/settings.json", '{ // "http.proxyStrictSSL": false\n}'),
    ],
)
def test_what_does_no_harm_is_not_named(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / name, text)
    assert find(tmp_path) == ()


def test_a_file_that_a_variable_names_is_read_in_place_of_the_usual_one(tmp_path: Path) -> None:
    write(tmp_path / ".gitconfig", "[http]\nsslVerify = false\n")
    other = write(tmp_path / "other", "[http]\nsslVerify = false\n")
    (found,) = find(tmp_path, GIT_CONFIG_GLOBAL=str(other))
    assert found.provenance == f"`{other}`, line 2"


def test_the_last_of_several_counts_and_all_are_removed(tmp_path: Path) -> None:
    path = write(tmp_path / ".curlrc", "--insecure\nsilent\n-k\n")
    (found,) = find(tmp_path)
    assert found.provenance == f"`{path}`, line 3"
    assert found.remedy == SED.format(name="(--insecure|-k)").format(file=path)


def test_each_edition_of_an_editor_is_judged(tmp_path: Path) -> None:
    ours, other = '{"http.proxy": "http://proxy.corp.test:3128"}', '{"http.proxy": "http://old:1"}'
    path = write(tmp_path / ".config/Code/User/settings.json", other)
    write(tmp_path / ".config/Cursor/User/settings.json", ours)
    (found,) = find(tmp_path)
    assert found.provenance == f"`{path}`, line 1"


def test_a_file_that_has_two_names_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / ".condarc", "ssl_verify: false\n")
    (found,) = find(tmp_path, CONDARC=str(path), CONDA_ROOT=str(tmp_path))
    assert found.setting == "ssl_verify"


def test_a_comment_is_no_part_of_a_value(tmp_path: Path) -> None:
    write(tmp_path / ".npmrc", "cafile = /gone # it was /there\n")
    (found,) = find(tmp_path)
    assert found.detail == "`cafile` names `/gone`, which does not exist"


def test_pip_that_is_told_to_read_no_file_reads_none(tmp_path: Path) -> None:
    write(tmp_path / ".config/pip/pip.conf", "[global]\ncert = /gone\n")
    assert find(tmp_path, PIP_CONFIG_FILE="/dev/null") == ()


def test_git_that_is_told_to_read_no_system_file_reads_none(tmp_path: Path) -> None:
    write(tmp_path / "system/etc/gitconfig", "[http]\nsslVerify = false\n")
    assert find(tmp_path, GIT_CONFIG_NOSYSTEM="1") == ()


def test_a_venv_has_a_file_of_pips_own(tmp_path: Path) -> None:
    write(tmp_path / "venv/pip.conf", "[global]\ncert = /gone\n")
    (found,) = find(tmp_path, VIRTUAL_ENV=str(tmp_path / "venv"))
    assert found.remedy == "pip config --site unset global.cert"


def test_npms_own_global_file_is_beside_node(tmp_path: Path) -> None:
    write(tmp_path / "system/node/bin/node", "#!/bin/sh\n").chmod(0o755)
    write(tmp_path / "system/etc/npmrc", "cafile=/gone\n")
    path = write(tmp_path / "system/node/etc/npmrc", "strict-ssl=false\n")
    (found,) = find(tmp_path, PATH=str(tmp_path / "system/node/bin"))
    assert found.provenance == f"`{path}`, line 1"


def test_root_needs_no_sudo(tmp_path: Path) -> None:
    path = write(tmp_path / "system/etc/gitconfig", "[http]\nsslVerify = false\n")
    host = make_host(home=tmp_path)._replace(is_root=True)
    (found,) = look(host)
    assert found.remedy == f"git config --file {path} --unset-all http.sslverify"


def test_sed_is_told_the_file_behind_a_link(tmp_path: Path) -> None:
    path = write(tmp_path / "dotfiles/curlrc", "insecure\n")
    (tmp_path / ".curlrc").symlink_to("dotfiles/curlrc")
    (found,) = find(tmp_path)
    assert found.provenance == f"`{tmp_path}/.curlrc`, line 1"
    assert found.remedy == SED.format(name="insecure").format(file=path)


@pytest.mark.parametrize(
    ("platform", "remedy"),
    [("darwin", "sed -E -i '' '/^"), ("win32", "take `insecure` out of line 1 of ")],
)
def test_other_platforms_have_other_commands(tmp_path: Path, platform: str, remedy: str) -> None:
    write(tmp_path / ".curlrc", "insecure\n")
    host = make_host(home=tmp_path, platform=platform)
    (found,) = look(host)
    assert found.remedy.startswith(remedy)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "0"),
        ("PYTHONHTTPSVERIFY", "0"),
        ("GIT_SSL_NO_VERIFY", ""),
        ("npm_config_strict_ssl", "false"),
        ("PIP_TRUSTED_HOST", "x"),
        ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "True"),
        ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "y"),
        ("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "0"),
        ("YARN_ENABLE_STRICT_SSL", "0"),
        ("UV_INSECURE_HOST", "index.corp.test"),
        ("BUNDLE_SSL_VERIFY_MODE", "0"),
        ("PERL_LWP_SSL_VERIFY_HOSTNAME", "0"),
    ],
)
def test_a_variable_that_stops_verification_is_found(tmp_path: Path, name: str, value: str) -> None:
    (found,) = find(tmp_path, **{name: value})
    assert (found.cause, found.provenance, found.remedy) == (
        OFF,
        f"`{name}` in the environment",
        f"unset {name}",
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NODE_TLS_REJECT_UNAUTHORIZED", "1"),
        ("PYTHONHTTPSVERIFY", ""),
        ("PREFECT_API_TLS_INSECURE_SKIP_VERIFY", "false"),
        ("CARGO_HTTP_CHECK_REVOKE", "false"),
        ("CONDA_SSL_VERIFY", "truststore"),
        ("PIP_PROXY", "proxy.corp.test:3128"),
    ],
)
def test_a_variable_that_stops_nothing_is_not(tmp_path: Path, name: str, value: str) -> None:
    assert find(tmp_path, **{name: value}) == ()


@pytest.mark.parametrize(
    ("name", "value", "cause"),
    [
        ("npm_config_cafile", "/gone.pem", GONE),
        ("CONDA_SSL_VERIFY", "/gone.pem", GONE),
        ("PIP_PROXY", "http://ada:secret@old:1", OTHER),
        ("npm_config_https_proxy", "http://old:1", OTHER),
    ],
)
def test_a_variable_that_names_another_file_or_proxy_is_found(
    tmp_path: Path, name: str, value: str, cause: str
) -> None:
    (found,) = find(tmp_path, **{name: value})
    assert (found.cause, found.remedy, "secret" in repr(found)) == (cause, f"unset {name}", False)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (".gitconfig", "[http]\nproxy = http://ada:secret@old:1\n"),
        (".curlrc", "proxy = http://ada:secret@old:1\n"),
        (".curlrc", "proxy = http://null:secret@old.test\n"),
        (".curlrc", "proxy = http://undefined:secret\n"),
        ("system/etc/apt/apt.conf", 'Acquire::http::Proxy "http://ada:secret@old:1";'),
    ],
)
def test_a_password_is_masked(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path / name, text)
    (found,) = find(tmp_path)
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        (".gitconfig", f"{SECRET}proxy = http://old:1\n", "http.https://****@g.test/.proxy"),
        (".gitconfig", f"{SECRET}proxy\n", "http.https://****@g.test/.proxy"),
        (".gitconfig", f"{SECRET}sslVerify = no\n", "http.https://****@g.test/.sslverify"),
        (".gitconfig", f"{SECRET}sslCAInfo = /gone\n", "http.https://****@g.test/.sslcainfo"),
        (".gitconfig", '[http "https://g.test/?key=secret"]\nproxy =\n', "http.https://g.test/?key=****.proxy"),
        (".gitconfig", '[http "g.test?key=secret"]\nproxy =\n', "http.g.test?key=****.proxy"),
        (".gitconfig", '[http "https://g.test/t/secret/x"]\nproxy =\n', "http.https://g.test/t/****/x.proxy"),
        (".config/pip/pip.conf", "[https://ci:secret@i.test/]\ntrusted-host = a\n",
            "https://****@i.test/.trusted-host"),
        (".config/uv/uv.toml", '["https://ci:secret@i.test/"]\nallow-insecure-host = ["a"]\n',
            '"https://****@i.test/".allow-insecure-host'),
        (".config/pypoetry/config.toml", '[certificates."https://ci:secret@i.test/"]\ncert = false\n',
            'certificates."https://****@i.test/".cert'),
        (".condarc", "proxy_servers:\n  https://ci:secret@i.test: http://old:1\n",
            "proxy_servers.https://****@i.test"),
        (".m2/settings.xml",
            "<settings><proxies><proxy><id>https://ci:secret@i.test/</id>\n<host>old</host></proxy></proxies></settings>",
            "https://****@i.test/.host"),
    ],
)  # fmt: skip
def test_a_password_in_the_name_of_a_setting_is_masked(
    tmp_path: Path, name: str, text: str, shown: str
) -> None:
    path = write(tmp_path / name, text)
    (found,) = find(tmp_path)
    assert (found.setting, f"`{shown}`" in found.detail) == (shown, True)
    assert found.remedy == f"take `{shown}` out of line 2 of {path}"
    assert "secret" not in repr(found)


def test_a_password_in_the_name_of_a_setting_is_masked_among_the_proxies_of_tools(tmp_path: Path) -> None:
    write(tmp_path / ".gitconfig", '[http "https://ci:secret@git.test/"]\nproxy = http://old:1\n')
    host = make_host(home=tmp_path, environment={"PATH": ""})
    (found,) = find_tool_proxies(LocalMachine(host, tmp_path / "system"))
    assert found.setting == "http.https://****@git.test/.proxy"


def test_without_a_known_proxy_none_differs(tmp_path: Path) -> None:
    write(tmp_path / ".gitconfig", "[http]\nproxy = http://old:1\n")
    assert look(make_host(home=tmp_path)) == ()


def test_what_npm_and_yarn_hold_is_named_for_configure(tmp_path: Path) -> None:
    write(tmp_path / ".npmrc", "cafile=/gone\n")
    write(tmp_path / ".yarnrc.yml", "httpsCaFilePath: /gone\n")
    write(tmp_path / "system/etc/npmrc", "cafile=/gone\n")
    machine = LocalMachine(make_host(home=tmp_path), tmp_path / "system")
    assert npm.TOOL.look(machine) == (("npm", "cafile"),)
    assert yarn.TOOL.look(machine) == (("yarn 2", "httpsCaFilePath"),)


def test_what_an_earlier_run_repaired_stays_named_for_configure(tmp_path: Path) -> None:
    host = make_host(home=tmp_path)
    write(host.layout.bundle, "x")
    write(tmp_path / ".npmrc", f"cafile={host.layout.bundle}\n")
    assert look(host) == ()
    assert npm.TOOL.look(LocalMachine(host)) == (("npm", "cafile"),)


def test_the_tools_of_this_machine_are_those_on_the_path(tmp_path: Path) -> None:
    for name in ("mvn", "wget"):
        write(tmp_path / name, "#!/bin/sh\n").chmod(0o755)
    found = read_tools(LocalMachine(make_host(home=tmp_path, environment={"PATH": str(tmp_path)})), ())
    assert found.installed == ("maven", "wget")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("\0", id="binary"),
        pytest.param("a: [\n", id="cut off"),
        pytest.param("a: " + "[" * 3000, id="lists without end"),
    ],
)
def test_a_file_that_is_not_valid_stops_nothing(tmp_path: Path, text: str) -> None:
    write(tmp_path / ".yarnrc.yml", text)
    write(tmp_path / ".npmrc", "strict-ssl=false\n")
    found = read_tools(LocalMachine(make_host(home=tmp_path, environment={"PATH": str(tmp_path)})), ())
    assert [conflict.tool for conflict in found.conflicts] == ["npm"]
    assert "yarn" not in found.seen


def test_the_first_closed_directory_on_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "ada").mkdir(mode=0o700)
    closed = LocalMachine(make_host()).find_closed(tmp_path / "ada/ca-bundle.pem")
    assert closed is not None
    assert closed in {tmp_path / "ada", *tmp_path.parents, tmp_path}


CORPORATE, FOREIGN = trustme.CA(), trustme.CA()
_DER = ssl.PEM_cert_to_DER_cert(CORPORATE.cert_pem.bytes().decode())
ANCHORS = frozenset({hashlib.sha256(_DER).hexdigest()})


@pytest.mark.parametrize(
    ("content", "anchors", "lack"),
    [
        pytest.param(FOREIGN.cert_pem.bytes(), ANCHORS, "lacks the corporate CA", id="another"),
        pytest.param(FOREIGN.cert_pem.bytes() + CORPORATE.cert_pem.bytes(), ANCHORS, None, id="both"),
        pytest.param(FOREIGN.cert_pem.bytes(), frozenset(), None, id="there-is-none-to-lack"),
        pytest.param(b"-----BEGIN CERTIFICATE-----\n", ANCHORS, None, id="not-understood"),
        pytest.param(
            CORPORATE.cert_pem.bytes().decode().encode("utf-16"),
            ANCHORS,
            "OpenSSL does not load: it is UTF-16",
            id="in a spelling that no client reads",
        ),
    ],
)
def test_a_file_lacks_it(tmp_path: Path, content: bytes, anchors: frozenset[str], lack: str | None) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    assert find_lack(tmp_path / "ca.pem", anchors) == lack


def test_a_client_of_gnutls_reads_more(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(CORPORATE.cert_pem.bytes().replace(b"\n", b"\n  "))
    assert find_lack(tmp_path / "ca.pem", ANCHORS) == "OpenSSL does not load: its lines are indented"
    assert find_lack(tmp_path / "ca.pem", ANCHORS, gnutls=True) is None


def test_what_gnutls_does_not_read_either_is_said(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_bytes(CORPORATE.cert_pem.bytes().decode().encode("utf-16"))
    lack = find_lack(tmp_path / "ca.pem", ANCHORS, gnutls=True)
    assert lack == "neither GnuTLS nor OpenSSL loads: it is UTF-16"


@pytest.mark.parametrize("name", ["", "nope.pem"])
def test_what_is_no_file_lacks_nothing(tmp_path: Path, name: str) -> None:
    assert find_lack(tmp_path / name, ANCHORS) is None


def test_a_file_of_another_ca_conflicts_unless_a_variable_wins(tmp_path: Path) -> None:
    other = tmp_path / "other.pem"
    other.write_bytes(FOREIGN.cert_pem.bytes())
    write(tmp_path / ".curlrc", f"cacert = {other}\n")
    write(tmp_path / ".pip/pip.conf", f"[global]\ncert = {other}\n")
    machine = LocalMachine(make_host(home=tmp_path, environment={"PATH": ""}), tmp_path / "system")
    found = find_conflicts(machine, (), anchors=ANCHORS, roots=frozenset({"PIP_CERT"}))
    assert [(each.tool, each.cause) for each in found] == [("curl", "ca-file-differs")]
    assert found[0].detail == f"`cacert` names `{other}`, which lacks the corporate CA"
    found = find_conflicts(machine, (), anchors=ANCHORS)
    assert [each.tool for each in found] == ["pip", "curl"]


def test_npm_puts_variables_into_its_values(tmp_path: Path) -> None:
    write(tmp_path / ".npmrc", "cafile = ${CORP}/ca.pem\nproxy = ${OTHER}\n")
    roots, proxy = find(tmp_path, CORP="/gone", OTHER="http://u:hunter2@other:1")
    assert (roots.cause, roots.detail) == (
        "ca-file-missing", "`cafile` names `${CORP}/ca.pem`, which does not exist",
    )  # fmt: skip
    assert (proxy.cause, proxy.detail) == ("proxy-differs", "`proxy` names another proxy, `${OTHER}`")
    write(tmp_path / "corp/ca.pem", "")
    assert find(tmp_path, CORP=str(tmp_path / "corp"), OTHER=MEANT[0]) == ()
    assert npm.TOOL.look(LocalMachine(make_host(home=tmp_path, environment={"CORP": "/gone"}))) == (
        ("npm", "cafile"),
    )
