"""The codes of errors: why a command could not do what was asked."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

ERRORS: Final[tuple[Code, ...]] = (
    # usage (exit status 2)
    Code(
        "usage",
        "the command line cannot be understood",
        ("an option or verb is misspelt", "two options exclude each other", "an option lacks its value"),
        "`proxyenv --help` lists the verbs, `proxyenv VERB --help` the options",
    ),
    Code(
        "proxy-url-invalid",
        "the clients that would read this proxy URL cannot use it",
        (
            "the scheme is not `http` or `https`: SOCKS is not supported, and a PAC file goes to `--pac`",
            "the host is missing, or host or port is misspelt",
            "an IPv6 address stands without its brackets",
        ),
        "write `http://HOST:PORT`, or `http://USER@HOST:PORT`, which asks for the password",
    ),
    Code(
        "password-masked",
        "a password consists of what programs print in the place of one",
        (
            "the URL was copied from what proxyenv, pip, git or a container tool shows",
            "a masked value was saved in a variable or a file",
        ),
        "write the password itself; where a variable or a file holds the mask, correct it there",
    ),
    Code(
        "proxy-password",
        "the password of the proxy's user is not known, or must not be taken from where it is",
        (
            "`--proxy USER@HOST` was given where nobody can be asked",
            "the file with the password can be read by others, is empty or has several lines",
            "the variable with the password is not set",
            "the keyring is locked, has no such password, or is one that keeps passwords in clear text",
        ),
        "give it with `--proxy-password-file FILE` or `--proxy-password-env NAME`; `chmod 600 FILE` closes a "
        "file",
    ),
    Code(
        "api-url-invalid",
        "the Prefect API URL is not an `http://` or `https://` URL",
        ("the scheme is missing", "host or port is misspelt", "it has a query or credentials"),
        "write it as `http://prefect.corp.example:4200/api`",
    ),
    Code(
        "url-invalid",
        "a URL or host to check is not valid",
        ("the scheme is not `http` or `https`", "host or port is misspelt"),
        "write it as `https://host.example/uuid`",
    ),
    Code(
        "profile-name-invalid",
        "the profile name cannot be written to `profiles.toml`",
        ("it is empty, longer than 64 characters, or has a blank or another character of that kind",),
        "use letters, digits, `-`, `_` and `.`",
    ),
    Code(
        "no-proxy-too-long",
        "NO_PROXY is longer than an environment variable can be",
        ("the list names many single hosts",),
        "name domains (`.corp.example`) and networks (`10.0.0.0/8`) instead of single hosts",
    ),
    Code(
        "no-proxy-invalid",
        "a NO_PROXY entry cannot be written so that every client survives it",
        ("it is a URL, has a port where none is allowed, or is not a whole address",),
        "write `host.corp.example`, `.corp.example`, `10.1.2.3` or `10.0.0.0/8`",
    ),
    Code(
        "confirmation-required",
        "there is no terminal to ask on, and `--yes` was not given",
        ("the command runs in a script, in CI or with its input redirected",),
        "add `--yes`; `--dry-run` only shows the changes",
    ),
    Code(
        "policy-unpinned",
        "a fleet's policy is to come from a URL, and no digest says what it must be",
        ("`--config URL` was given without `--config-digest`",),
        "add the SHA-256 of the published file: `--config-digest SHA256`",
    ),
    # discovery
    Code(
        "nothing-found",
        "no proxy and no corporate CA was given or found",
        ("this shell has no proxy variables", "neither `--proxy` nor `--ca` was given"),
        "`proxyenv setup --proxy http://HOST:PORT --ca FILE`",
    ),
    Code(
        "proxy-conflict",
        "two different proxies of equal rank were found",
        ("`https_proxy` and `HTTPS_PROXY` differ",),
        "name the right one with `--proxy URL`, or unset the other variable",
    ),
    Code(
        "ca-not-found",
        "a CA file or directory does not exist",
        ("the path is misspelt, or relative to another directory",),
        "check the path given with `--ca`",
    ),
    Code(
        "ca-unreadable",
        "a CA file cannot be read",
        ("only another user may read it", "it is a device or too large for a file of certificates"),
        "copy it to a place where you can read it, and name the copy with `--ca`",
    ),
    Code(
        "system-store",
        "the operating system's trust store cannot be read",
        ("the package `ca-certificates` is not installed, as in small container images",),
        "install `ca-certificates`, or start from certifi: `--base certifi`",
    ),
    Code(
        "configuration-invalid",
        "`proxyenv.toml` is not valid",
        ("it was edited by hand", "a newer version of proxyenv wrote it"),
        "correct the key that the message names, or move the file away and run `proxyenv setup`",
    ),
    Code(
        "receipt-invalid",
        "`receipt.json` is not valid",
        ("it was edited or cut off", "a newer version of proxyenv wrote it"),
        "`proxyenv uninstall --without-receipt` takes back what can be told from the files",
    ),
    Code(
        "profile-missing",
        "the Prefect profile that was written is gone from `profiles.toml`",
        ("`prefect profile delete` or another program removed it",),
        "`proxyenv refresh`",
    ),
    Code(
        "profiles-invalid",
        "Prefect's `profiles.toml` is not valid TOML",
        ("it was edited by hand",),
        "correct it at the line that the message names, or move it away; Prefect cannot read it either",
    ),
    Code(
        "file-unreadable",
        "a file whose contents must be kept cannot be read",
        ("only another user may read it", "it is a directory", "it is not valid UTF-8"),
        "give yourself the right to read it, or move it away",
    ),
    Code(
        "not-installed",
        "nothing is set up here",
        ("`setup` was never run by this user", "`--prefix` or `PROXYENV_HOME` differs from that of `setup`"),
        "`proxyenv setup`",
    ),
    Code(
        "python-not-found",
        "there is no Python where `--python` says",
        ("the path is misspelt", "the directory is not a virtual environment"),
        "name the interpreter, such as `.venv/bin/python`, or the directory of its virtual environment",
    ),
    Code(
        "receipt-lost",
        "files of proxyenv are there, and the receipt that says how to take them back is not",
        ("`receipt.json` was deleted, or only some directories came back from a backup",),
        "`proxyenv uninstall --without-receipt` takes back what can be told from the files",
    ),
    Code(
        "venv-invalid",
        "a directory given with `--venv` is not a virtual environment",
        ("it has no `pyvenv.cfg`", "it lacks its Python or its site-packages"),
        "`python -m venv DIR` creates one",
    ),
    Code(
        "other-proxyenv",
        "the unrelated distribution `proxyenv` is installed, and its files overwrite ours",
        ("`pip install proxyenv` was run: on PyPI that is another project",),
        "`pip uninstall proxyenv`, then install `proxyenv-bootstrap` again",
    ),
    # trust
    Code(
        "no-certificate",
        "a CA file has no certificate",
        ("it is empty, a web page, or compressed", "the directory has no file of that kind"),
        "ask IT for the CA as a PEM file; it has a line `-----BEGIN CERTIFICATE-----`",
    ),
    Code(
        "unexpected-block",
        "a CA file has something in it that is not a certificate",
        ("it was exported together with its private key", "it is a Java key store or a certificate request"),
        "export the CA certificate alone: `openssl x509 -in FILE -out ca.pem`",
    ),
    Code(
        "malformed-certificate",
        "a certificate cannot be parsed",
        ("the file was damaged or cut off when it was copied",),
        "copy or export the file again",
    ),
    Code(
        "ca-password",
        "a CA file is encrypted, and the password is missing or wrong",
        ("PKCS#12 files (`.p12`, `.pfx`) have a password",),
        "give it with `--ca-password-env NAME` or `--ca-password-file FILE`",
    ),
    Code(
        "wire-unreachable",
        "no TLS connection could be established",
        ("the proxy refuses the host", "the host does not answer or does not speak TLS"),
        "`proxyenv check` says which step fails",
    ),
    Code(
        "ca-unreachable",
        "a CA could not be downloaded",
        ("the URL does not answer", "the server's certificate is not trusted here yet"),
        "download it elsewhere and name the file with `--ca`, or give its SHA-256 with `--ca-fingerprint`",
    ),
    Code(
        "policy-unreachable",
        "a fleet's policy could not be downloaded",
        (
            "the way to it leads through a proxy that only the policy names",
            "the server's certificate is not trusted here yet",
            "the URL does not answer",
        ),
        "name the proxy with `--proxy URL`, or copy the file to the machine and name it with `--config FILE`",
    ),
    Code(
        "policy-unreadable",
        "a fleet's policy cannot be read",
        ("the path is misspelt, or relative to another directory", "only another user may read it"),
        "check the path given with `--config`",
    ),
    Code(
        "policy-invalid",
        "a fleet's policy says what no policy can say, or is no TOML",
        (
            "a key is misspelt, or of a newer version of proxyenv",
            "a path is relative, and so another one on every machine",
            "it names a CA by a URL and no fingerprint",
        ),
        "correct what the message names, publish it again, and give its new SHA-256",
    ),
    Code(
        "foreign-policy",
        "somebody else could have written the fleet's policy, or a CA file that it names, and no SHA-256 "
        "says what it must be",
        ("the file, or a directory above it, belongs to another user or can be written by others",),
        "give the policy's SHA-256 with `--config-digest`, that of a CA in its `trust.fingerprints`, or move "
        "the file to where only root can write",
    ),
    Code(
        "not-a-ca",
        "a certificate is not a CA",
        ("it is the certificate of a server, not of the CA that issued it",),
        "ask IT for the CA that issued it; `proxyenv trust inspect FILE` shows its name",
    ),
    Code(
        "ca-for-untrusted",
        "a CA is the one that a proxy signs with where it does not trust the server itself",
        (
            "`Fortinet_CA_Untrusted` was exported from a FortiGate in place of `Fortinet_CA_SSL`",
            "the proxy does not trust a server, and shows that by this CA",
        ),
        "ask IT for the CA of the servers that the proxy trusts; this one is never trusted",
    ),
    Code(
        "ca-expired",
        "a CA certificate has expired",
        ("IT has replaced the CA", "the clock of this machine is wrong"),
        "ask IT for the CA that replaced it",
    ),
    Code(
        "ca-not-yet-valid",
        "a CA certificate is not valid yet",
        ("the clock of this machine is wrong", "IT has not switched to this CA yet"),
        "check the clock, then ask IT for the CA that is in use now",
    ),
    Code(
        "public-root",
        "a certificate is a public root, and not the CA of a company",
        ("the file is a bundle to which the CA of the proxy was added, or was to be added",),
        "ask IT for the CA of the proxy; the public roots are in the bundle anyway, see `--base`",
    ),
    Code(
        "ca-repeated",
        "a certificate is in a CA file more than once",
        ("files were joined that hold the same CA",),
        "nothing needs to be done; it is taken once",
    ),
    Code(
        "ca-spelling",
        "a CA file is written in a way that clients do not read, though it holds the CA",
        (
            "it is DER, PKCS#7 or UTF-16, which the variable's readers do not expect",
            "its lines are indented, or a line feed is missing between two certificates",
        ),
        "name the file with `--ca`: `proxyenv setup` writes one that every client reads",
    ),
    Code(
        "fingerprint-mismatch",
        "no certificate has the fingerprint that was asked for",
        ("the fingerprint is SHA-1 or cut off", "the file holds another CA", "IT has replaced the CA"),
        "compare it with `proxyenv trust inspect FILE`, and ask IT for the SHA-256 of the CA in use",
    ),
    Code(
        "policy-mismatch",
        "a fleet's policy has another SHA-256 than the one that was asked for",
        (
            "it was published again, and the machine was given the digest of the one before",
            "something on the way answered in its place, such as the page of a portal",
            "somebody changed it",
        ),
        "ask whoever publishes it for the SHA-256; nothing was changed",
    ),
    # PAC files
    Code(
        "pac-engine-missing",
        "the JavaScript engine that runs PAC files is not installed",
        ("the extra `pac` was not installed with proxyenv", "there is no wheel for this platform"),
        "install `quickjs-ng` beside proxyenv, by the command in the hint, or name the proxy with `--proxy`",
    ),
    Code(
        "pac-unreachable",
        "a PAC file cannot be read or downloaded",
        (
            "it does not exist, or the URL is misspelt",
            "it is on another network: the VPN is not connected",
            "it is larger than 8 MiB",
        ),
        "download it with a browser, and name the file",
    ),
    Code(
        "pac-is-html",
        "a web page is where a PAC file should be",
        ("the server wants a login", "the page of a portal answers for everything", "the URL is wrong"),
        "open the URL in a browser; then download the file, and name that",
    ),
    Code(
        "pac-syntax",
        "a PAC file is empty, or no JavaScript",
        ("it was cut off", "somebody edited it by hand", "the URL is that of another file"),
        "tell IT: browsers ignore such a file, and go direct",
    ),
    Code(
        "pac-without-function",
        "a PAC file has no function `FindProxyForURL`",
        ("it is another script", "the function is misspelt, or defined with `const`"),
        "ask IT for the URL of the PAC file",
    ),
    Code(
        "pac-failed",
        "a PAC file fails before it can be asked",
        ("it calls a function that no browser has", "it throws an error while it is loaded"),
        "tell IT: browsers ignore such a file, and go direct",
    ),
    Code(
        "pac-limit",
        "a PAC file needs more time, memory or DNS than it gets",
        ("it has an endless loop", "an expression takes ever longer on long names", "it is not a PAC file"),
        "name the proxy itself: `proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "pac-not-static",
        "one proxy and NO_PROXY cannot say what a PAC file says",
        (
            "it names several proxies, or one that does not speak plain HTTP",
            "it sends only some hosts to the proxy, and all others direct",
            "it looks at the clock",
        ),
        "`proxyenv pac URL` shows it; a forwarder such as px asks the file for each connection",
    ),
    Code(
        "pac-mismatch",
        "a PAC file has another SHA-256 than the one that was asked for",
        ("IT has changed it", "something on the way answered in its place", "another network offers it"),
        "ask IT for the SHA-256; nothing was changed",
    ),
    Code(
        "pac-foreign",
        "somebody else could have written the PAC file, and no SHA-256 says what it must be",
        ("the file, or a directory above it, belongs to another user or can be written by others",),
        "give its SHA-256 with `--pac-digest`, or copy it to where only you can write",
    ),
    Code(
        "wpad-unpinned",
        "the network offers a PAC file, and nobody has agreed to it",
        ("`setup --wpad` was given where nobody can be asked, without `--pac-digest`",),
        "compare its SHA-256 with what IT published, and add it: `--pac-digest SHA256`",
    ),
    Code(
        "wpad-not-found",
        "the network offers no PAC file at `wpad` in the search domain",
        ("this network has none", "the resolver has no search domain, or one of a single part"),
        "ask IT for the URL of the PAC file: `proxyenv pac URL`",
    ),
    # plan
    Code(
        "timer-unavailable",
        "there can be no timer here",
        (
            "systemd does not run, as in a container or under WSL 1",
            "the platform has no timer that is known, as Windows",
            "as root: others could replace the Python that it would run",
        ),
        "run `proxyenv refresh --if-stale --yes` from another schedule, such as cron or Prefect's own",
    ),
    Code(
        "value-unrepresentable",
        "a value cannot be written in a format that needs it",
        ("it has a line break, a quote or a blank that the format has no way to write",),
        "use another value, or leave out the tool or format that the message names",
    ),
    Code(
        "foreign-file",
        "a file that only proxyenv should write was written by somebody else",
        ("another program or a person created it at the same path",),
        "move it away, or choose another directory with `--prefix`",
    ),
    Code(
        "other-installation",
        "an rc file has the block of another installation of proxyenv",
        ("`setup` was run before with another `--prefix`",),
        "uninstall that one first, with its `--prefix`, or set this one up with `--no-rc`",
    ),
    Code(
        "block-damaged",
        "the markers of a managed block do not pair up",
        ("the rc file was edited, and one of the two marker lines is gone",),
        "remove the rest of the block by hand, with its markers",
    ),
    Code(
        "needs-root",
        "only root may write a trust store or a system file",
        ("the command was run as a normal user",),
        "run the `sudo` command of the hint",
    ),
    Code(
        "settings-invalid",
        "a tool's file cannot be edited safely",
        ("the tool cannot parse it either", "it uses a notation that cannot be edited without risk"),
        "correct the file, or leave its tool out of `--configure`",
    ),
    Code(
        "password-refused",
        "others can read a file that would hold the proxy's password",
        ("its mode lets group or others read it", "the format is made for sharing"),
        "`chmod 600 FILE`, or use a proxy on this machine that adds the credentials",
    ),
    Code(
        "loopback-elsewhere",
        "a proxy on loopback is to be used in another place, where loopback is another one",
        (
            "a forwarder such as px or cntlm runs on this machine, and containers cannot reach it there",
            "the settings of this machine are meant for an image, a pod or another machine",
        ),
        "say how the proxy is reached from there: `--proxy-there http://HOST:PORT`",
    ),
    Code(
        "must-be-on",
        "proxyenv is off here, and this would write what is switched off",
        ("`proxyenv off` was run, as away from the company's network",),
        "`proxyenv on`, then run the command again",
    ),
    Code(
        "interrupted-run",
        "the last run did not end, so it is not known what is switched off",
        ("the process was killed, or the machine went down",),
        "`proxyenv setup` finishes it; then `proxyenv off`",
    ),
    Code(
        "nothing-to-restore",
        "nothing is kept that `rollback` could restore",
        (
            "the last `setup` was the first one",
            "`rollback` has restored it already: one generation is kept",
            "the last `setup` or `refresh` changed nothing, or was run by an earlier version",
        ),
        "`proxyenv uninstall` leads to the state before the first `setup`",
    ),
    Code(
        "copy-damaged",
        "a copy of what the last run replaced is gone or was changed, so `rollback` cannot restore it",
        ("somebody deleted or edited files in the directory `previous` beside `receipt.json`",),
        "`proxyenv setup` with the earlier options, or `proxyenv uninstall`",
    ),
    Code(
        "foreign-receipt",
        "a file of the installation could have been written by somebody else",
        (
            "the file, or a directory above it, belongs to another user, or others may write it",
            "root runs proxyenv for the home of another user, and a file of the system is at stake",
        ),
        "take the rights away from others (`chmod go-w`), after looking at what is there",
    ),
    Code(
        "bundle-closed",
        "a tool may not enter the directory of the bundle",
        ("apt reads it as the user `_apt`, and the bundle is in a home that only its owner may enter",),
        "set up with `--prefix /etc/proxyenv`",
    ),
    Code(
        "no-corporate-ca",
        "no corporate CA is set up that could be added to a trust store",
        ("`setup` was run without a CA",),
        "`proxyenv setup --ca FILE`",
    ),
    # apply
    Code(
        "read-only",
        "a file or directory may not be written",
        (
            "it belongs to another user",
            "the file system is mounted read-only",
            "it is immutable or append-only (`lsattr` on Linux, `ls -lO` on macOS)",
        ),
        "give yourself the right to write there, then run the command again",
    ),
    Code(
        "no-space",
        "there is no space left to write to",
        ("the file system is full", "your quota is used up"),
        "free some space, then run the command again",
    ),
    Code(
        "write-failed",
        "a file could not be written",
        ("the file system or the network drive reported an error",),
        "read the message for the system's reason, then run the command again",
    ),
    Code(
        "locked",
        "another proxyenv is writing",
        ("`setup`, `refresh` or `uninstall` runs in another terminal",),
        "wait until it has ended, then run the command again",
    ),
    Code(
        "changed-meanwhile",
        "a file changed after the plan was made",
        ("an editor or another program wrote it while you were asked",),
        "run the command again",
    ),
    Code(
        "prefect-unusable",
        "Prefect cannot be asked: its import, its settings or the connection to its API fails",
        (
            "the Python that runs your flows has no Prefect",
            "proxy, CA or key are wrong in this shell; the message says which",
        ),
        "`proxyenv check` says where it breaks",
    ),
    Code(
        "no-prefect-api",
        "Prefect has no API here, and only an API has work pools",
        ("the active profile names none, so that Prefect starts a server of its own for each flow",),
        "name it: `proxyenv setup --api-url http://HOST:4200/api`",
    ),
    Code(
        "pool-unknown",
        "the API has no work pool of this name",
        ("it is misspelt", "the profile that is active names another API or workspace"),
        "`prefect work-pool ls` lists them",
    ),
    Code(
        "block-unknown",
        "the API has no block of this name",
        ("it is misspelt", "the profile that is active names another API or workspace"),
        "`prefect block ls` lists them; `--notify TYPE/NAME` takes one that sends notifications",
    ),
    Code(
        "deployment-unknown",
        "the API has no deployment of this name",
        ("it is misspelt: the name has two parts, `FLOW/DEPLOYMENT`", "the profile names another workspace"),
        "`prefect deployment ls` lists them",
    ),
    Code(
        "pool-template",
        "the base job template of a work pool cannot be edited",
        (
            "it is empty, and what its type usually has is not known",
            "it was written by hand, with something else where the variables belong",
        ),
        "look at it: `prefect work-pool inspect NAME`",
    ),
    Code(
        "pool-not-patched",
        "nothing is recorded here that was written into this work pool",
        ("it was patched from another machine or home", "it was restored already"),
        "`proxyenv pool show NAME` says what its jobs get",
    ),
    Code(
        "pool-not-written",
        "the API did not take the template of a work pool as it was sent",
        ("the key may read work pools and not change them", "a rule of the server refuses a value"),
        "what the API says is quoted; nothing was changed",
    ),
    Code(
        "store-failed",
        "the tool of a trust store failed, or the store does not answer as it should",
        ("the tool's own message, which is quoted, says why", "another program locks the store"),
        "run the quoted command by hand to see all that it prints",
    ),
    Code(
        "dependency-missing",
        "a package that proxyenv needs is not installed for the Python that runs it",
        (
            "proxyenv was started from a clone, without `pip install`",
            "`python` is another one than that of the virtual environment",
        ),
        "install proxyenv with what it needs: the hint has the command",
    ),
    Code(
        "out-of-resources",
        "the operating system gives proxyenv no more memory, processes or open files",
        (
            "a limit of the shell, the service or the container is low (`ulimit -a` shows those of a shell)",
            "other programs use up what the machine has",
        ),
        "raise the limit or end other programs, then run the command again",
    ),
    Code(
        "system-refused",
        "the operating system refused what a command needs",
        (
            "a disk or a network drive reports an error",
            "there is something else where a file or a directory is expected",
            "this user has no right to it",
        ),
        "look at what the message names (`ls -ld PATH`), then run the command again",
    ),
    Code(
        "input-unreadable",
        "something that was read is nested too deeply, or is in a form that its reader does not know",
        ("the file that the message names is damaged", "a reader of proxyenv does not know a rare form"),
        "correct the file that the message names or move it away; report it if it is in order",
    ),
    Code(
        "bug",
        "proxyenv has a bug",
        ("something happened that its authors did not expect",),
        "report it with the traceback, after removing what is private",
    ),
    # images
    Code(
        "image-not-found",
        "there is no such image",
        ("the path or the name is misspelt", "the image was built by another daemon or another builder"),
        "`docker image ls` lists the images of the daemon",
    ),
    Code(
        "image-unreadable",
        "an image cannot be read to its end, so nothing is said about it",
        ("the file is cut off or damaged", "it is no image: neither of `docker save` nor an OCI layout"),
        "write it again: `docker save -o image.tar IMAGE`",
    ),
    Code(
        "image-zstd",
        "a layer is compressed by zstd, which this Python cannot unpack",
        ("proxyenv was installed without the dependency `backports.zstd`", "Python was built without zstd"),
        "`pip install backports.zstd`, or use Python 3.14",
    ),
    Code(
        "docker-unreachable",
        "the Docker daemon does not answer",
        (
            "it is not running",
            "this user may not use its socket: only root and the group `docker` may",
            "`DOCKER_HOST` names a daemon elsewhere, of which only the socket of this machine is asked",
        ),
        "`docker save -o image.tar IMAGE` where the daemon is, and scan the file",
    ),
    # demonstration
    Code(
        "demo-tool-missing",
        "the demonstration could not get a tool that it needs",
        ("mitmproxy could not be installed: the package index needs the proxy or the CA",),
        "let pip reach its index first, then keep what it installs with `--tools DIR`",
    ),
    Code(
        "demo-failed",
        "a step of the demonstration failed",
        ("a program that it started ended early; its last lines are in the message",),
        "run it again with `--keep` and look into the directory that it names",
    ),
)
"""Every code of a ``ProxyenvError``."""
