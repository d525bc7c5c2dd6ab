"""The codes of causes: why an outcome of ``check`` or ``status`` is not ``ok``."""

from __future__ import annotations

from typing import Final

from proxyenv.codes import Code

CAUSES: Final[tuple[Code, ...]] = (
    # proxy
    Code(
        "no-proxy-configured",
        "no proxy is configured, so there is nothing to prove",
        ("`setup` found no proxy and was given none", "only the other of `http://` and `https://` has one"),
        "if there is a proxy: `proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "switched-off",
        "proxyenv is off here: new shells and Prefect have neither its proxy nor its CA",
        ("`proxyenv off` was run, as away from the company's network",),
        "`proxyenv on` brings back exactly what was there",
    ),
    Code(
        "proxy-name-unknown",
        "the proxy's name does not resolve",
        ("the VPN is not connected: such names often exist only on a company's network", "it is misspelt"),
        "connect to the company's network, or `proxyenv off` while away; otherwise check its spelling",
    ),
    Code(
        "proxy-not-here",
        "the proxy cannot be reached from this network, which is another than at `setup`",
        (
            "the VPN is not connected",
            "the machine is away from the company's network",
            "DNS was changed since",
        ),
        "connect to the company's network, or `proxyenv off` until you are back",
    ),
    Code(
        "proxy-refused",
        "nothing listens at the proxy's address",
        ("the port is wrong", "the proxy is not running"),
        "ask IT for the proxy's host and port",
    ),
    Code(
        "proxy-unreachable",
        "the proxy's address does not answer",
        ("the VPN is not connected", "a firewall drops the connection", "host or port is wrong"),
        "connect to the company's network, then check host and port",
    ),
    Code(
        "proxy-not-a-proxy",
        "what answers at the proxy's address is not a proxy",
        ("the port is that of a web server",),
        "ask IT for the proxy's port",
    ),
    Code(
        "proxy-speaks-tls",
        "the proxy speaks TLS; its URL must start with `https://`",
        ("the URL was given as `http://` or without a scheme",),
        "`proxyenv setup --proxy https://HOST:PORT`",
    ),
    Code(
        "proxy-not-tls",
        "the proxy does not speak TLS; its URL must start with `http://`",
        ("`https://` was written because the proxy is for `https://` sites; most proxies speak plain HTTP",),
        "`proxyenv setup --proxy http://HOST:PORT`",
    ),
    Code(
        "proxy-speaks-http2",
        "the proxy speaks HTTP/2 and no HTTP/1.1",
        ("the port is for browsers alone",),
        "ask IT for a port where the proxy speaks HTTP/1.1: Python's clients ask it in nothing else",
    ),
    Code(
        "proxy-certificate",
        "the certificate of the proxy itself is not trusted",
        ("its CA is not in the bundle", "it is for another name than the one in the proxy's URL"),
        "give the CA of the proxy with `--ca FILE`, and write its URL with the name in the certificate",
    ),
    Code(
        "proxy-credentials-wanted",
        "the proxy requires authentication (407) and no credentials are configured",
        ("the proxy's URL has no user name and password",),
        "`proxyenv setup --proxy USER@HOST:PORT` asks for the password; or name a file or the keyring",
    ),
    Code(
        "proxy-credentials-refused",
        "the proxy rejects the credentials (407)",
        ("the password has expired", "the password has one of `@ : / ? # %` and is not percent-encoded"),
        "check user and password, then `proxyenv setup --proxy USER@HOST:PORT`, which asks for the password",
    ),
    Code(
        "proxy-scheme-unsupported",
        "the proxy offers no scheme (407) that a Python client can do: NTLM, Negotiate or Digest alone",
        ("it takes the log-in of Windows, or a Kerberos ticket, which browsers send by themselves",),
        "run px on this machine, which adds the credentials: `proxyenv check` prints the steps",
    ),
    Code(
        "forwarder-direct",
        "the forwarder on this machine (px, cntlm, alpaca) has no corporate proxy behind it, and goes direct",
        (
            "its file was lost, or another one is read",
            "it was started without the option that names the proxy",
        ),
        "write the corporate proxy into its file, such as `server = HOST:PORT` in px.ini, and start it again",
    ),
    Code(
        "forwarder-past",
        "the forwarder on this machine (px, cntlm, alpaca) reaches this host without the corporate proxy",
        ("its `noproxy` list or its PAC file sends the host direct",),
        "where the host can be reached so, nothing; otherwise take it out of the list of the forwarder",
    ),
    Code(
        "forwarder-unproved",
        "whether the forwarder on this machine asked the corporate proxy is not known",
        ("its PAC file decides, and cannot be fetched or run here", "the extra `pac` is missing"),
        "`proxyenv pac URL` says why it cannot be asked",
    ),
    Code(
        "proxy-denied",
        "the proxy refuses the target (403)",
        ("the host is not on the proxy's list", "the proxy allows CONNECT to port 443 only"),
        "ask IT to allow CONNECT to that host and port",
    ),
    Code(
        "proxy-gateway",
        "the proxy cannot reach the target (502, 503, 504)",
        ("the target is down", "its name exists only inside the network", "the proxy does not trust it"),
        "check the target's name and port; put it into NO_PROXY if it can be reached directly",
    ),
    Code(
        "proxy-answer",
        "the proxy answered with an unexpected status",
        ("the request went to a gateway or load balancer in front of the proxy",),
        "show the status to whoever runs the proxy",
    ),
    # tls
    Code(
        "ca-missing",
        "the issuer of the certificate is not in the bundle",
        ("the proxy intercepts TLS, and its CA was not given", "the server does not send its intermediates"),
        "get the CA from IT and give it with `--ca FILE`; `proxyenv trust fetch HOST` shows what is sent",
    ),
    Code(
        "ca-wrong",
        "a CA of that name is in the bundle, but did not sign the certificate",
        ("IT has replaced the CA by one of the same name",),
        "get the current CA from IT and give it with `--ca FILE`",
    ),
    Code(
        "ca-rejected",
        "Python refuses the CA although it is in the bundle",
        (
            "Python 3.13 and later follow RFC 5280 strictly, and the CA does not",
            "its key or its signature is too weak",
        ),
        "`proxyenv trust inspect FILE` says what to ask IT for",
    ),
    Code(
        "ca-without-root",
        "the CA that issued the certificate is in the bundle, but not the root above it",
        ("IT gave the issuing CA alone, which Python 3.13 and later accept and earlier ones refuse",),
        "ask IT for the root, and give it too with `--ca FILE`",
    ),
    Code(
        "certificate-self-signed",
        "the server's certificate is signed by itself: no CA issued it",
        ("the server has the certificate of its installation", "a log-in page of the network answers"),
        "ask whoever runs the server for a certificate that a CA issued",
    ),
    Code(
        "certificate-rejected",
        "Python refuses a certificate that a CA of the bundle issued",
        ("its key is too short", "its signature is old", "an extension is missing or not critical"),
        "`proxyenv trust fetch HOST` says what to ask IT for",
    ),
    Code(
        "certificate-damaged",
        "the signature of a certificate was not made with the key that it names",
        ("a file was damaged", "the certificate was changed on the way"),
        "compare it with the one that IT hands out",
    ),
    Code(
        "certificate-expired",
        "the server's own certificate has expired, or a certificate is not valid yet",
        ("the server's certificate was not renewed", "the clock of this machine is wrong"),
        "`proxyenv trust fetch HOST` shows the dates and the proxy's clock",
    ),
    Code(
        "intermediate-expired",
        "a CA between the root and the server's certificate has expired",
        ("the proxy was not given its renewed certificate",),
        "ask IT to renew it: what is in the bundle is not at fault",
    ),
    Code(
        "clock-wrong",
        "by this machine's clock a certificate is not valid, by the proxy's clock it is",
        ("this machine does not synchronise its clock", "a virtual machine was suspended"),
        "set the clock: `timedatectl` shows whether it is synchronised",
    ),
    Code(
        "host-name-mismatch",
        "the certificate is for another host",
        ("the URL names the host by another name or by its address", "the proxy answers with a block page"),
        "use the name that the certificate is for",
    ),
    Code(
        "tls-failed",
        "the TLS handshake failed",
        ("the other side does not speak TLS", "a firewall cuts the connection", "no common TLS version"),
        "check the port, then ask IT whether a firewall inspects this connection",
    ),
    Code(
        "bundle-missing",
        "the bundle does not exist",
        ("the file was deleted or moved", "a CA variable names another file, which does not exist"),
        "`proxyenv refresh`",
    ),
    Code(
        "bundle-unreadable",
        "OpenSSL does not load the file of CAs that is to be trusted, so clients trust nothing",
        (
            "a CA variable names a file in DER, PKCS#7 or UTF-16, or one whose lines are indented",
            "a line feed is missing between two certificates, or one of them is damaged",
        ),
        "`proxyenv discover` says how it is written; `proxyenv setup --ca FILE` writes one in plain PEM",
    ),
    Code(
        "not-intercepted",
        "the connection is not intercepted: a public root issued the certificate",
        ("the proxy intercepts some hosts only",),
        "to prove the corporate CA, name a URL that the proxy intercepts with `--url`",
    ),
    # truststore and plugin
    Code(
        "ca-not-in-store",
        "a corporate CA is not in the operating system's trust store",
        ("the CA was never installed there", "IT has replaced the CA"),
        "`proxyenv trust install`",
    ),
    Code(
        "truststore-inactive",
        "Python in that environment does not use truststore",
        ("the package truststore is not installed there", "the environment was created again"),
        "`python -m pip install truststore` there, then `proxyenv refresh`",
    ),
    Code(
        "plugin-missing",
        "Prefect in that environment does not find the plugin",
        ("proxyenv is not installed in the environment that runs Prefect",),
        "install it there from where it is installed here: in its clone `PYTHON -m pip install .`",
    ),
    Code(
        "plugin-not-in-loop",
        "Prefect goes on without its plugins where its first import is inside a running event loop",
        (
            "a notebook: its kernel runs every cell in an event loop",
            "an ASGI server, such as uvicorn, imports the application in its event loop",
            "`import prefect` stands in a function that `asyncio.run` runs",
        ),
        "put `import proxyenv; proxyenv.activate()` first there, or start it from a shell with `env.sh`",
    ),
    # fetch
    Code(
        "bypassed",
        "NO_PROXY sends the request past the proxy",
        ("the host is in NO_PROXY on purpose",),
        "check another URL with `--url`, or remove the entry from NO_PROXY",
    ),
    Code(
        "origin-status",
        "the server answered with an error status",
        ("the URL is wrong or redirects", "the proxy refuses the page and answers in the server's name"),
        "open the URL in a browser, or check another one with `--url`",
    ),
    Code(
        "origin-unreachable",
        "the server cannot be reached",
        ("it is down", "it can be reached through the proxy only", "its name does not resolve here"),
        "check host and port, and whether NO_PROXY sends the request past the proxy",
    ),
    Code(
        "origin-protocol",
        "what the server or the proxy sends is not proper HTTP",
        ("the connection was cut before the answer was complete", "the content is not what its header says"),
        "open the URL in a browser, and show IT what this says",
    ),
    Code(
        "not-proxied",
        "the request did not go through the proxy",
        ("some code sets its own proxy, such as a `sitecustomize` module",),
        "`proxyenv routes HOST --explain`",
    ),
    Code(
        "captive-portal",
        "a portal answers in place of what was asked for: it wants a log-in",
        ("a guest network, a hotel or a VPN wants a log-in first", "the proxy wants a log-in by browser"),
        "open a browser on this network and log in; never trust the CA of a log-in page",
    ),
    Code(
        "block-page",
        "the answer is a page of the proxy and not the document",
        ("the proxy denies the site or its category", "a filter wants a click before it lets a site through"),
        "ask IT to allow the site at the proxy, or check another document with `--url`",
    ),
    Code(
        "stale-answer",
        "the answer was stored earlier: it does not show that the server is reached now",
        ("the proxy answers from its cache although it was asked not to", "the server is down"),
        "ask IT why the proxy answers from its cache, or check another document with `--url`",
    ),
    Code(
        "slow-answer",
        "the answer took longer than httpx waits unless it is told to",
        ("the proxy scans the document before it passes it on", "the server is slow"),
        "give httpx more time in the flow, such as `httpx.get(url, timeout=30)`",
    ),
    Code(
        "environment-refused",
        "httpx cannot be used at all with these variables",
        (
            "NO_PROXY has an entry that httpx cannot read, such as `[::1]` or an IPv6 network",
            "a variable names a SOCKS proxy, and the package `socksio` is not installed",
        ),
        "`proxyenv routes HOST --explain` names the entry; `proxyenv setup` writes a list that all can read",
    ),
    Code(
        "no-uuid",
        "the document has no `uuid`",
        ("it is a block page or log-in page of the proxy", "the URL is not a JSON document with a `uuid`"),
        "open the URL in a browser, or check another one with `--url`",
    ),
    Code(
        "timeout",
        "no answer in time",
        ("a firewall drops the packets", "the port is wrong", "the machine or the network is overloaded"),
        "check host and port, then run `proxyenv check` again",
    ),
    Code(
        "unproven",
        "nothing that was fetched proves that the proxy works",
        ("NO_PROXY sends every URL past the proxy", "no answer shows that it is the server's own, and new"),
        "name a document that goes through the proxy, best one that is another at each request: "
        "`proxyenv check --url URL`",
    ),
    # prefect
    Code(
        "prefect-missing",
        "Prefect cannot be imported",
        ("it is not installed for the Python that is checked", "another Python runs your flows"),
        "install it there, or name the Python that runs your flows: `proxyenv check --python PATH`",
    ),
    Code(
        "prefect-broken",
        "Prefect is installed and does not start",
        ("its installation is broken", "it refuses one of your settings", "a settings file cannot be read"),
        "`python -c 'import prefect'` with that Python shows the error whole",
    ),
    Code(
        "python-unusable",
        "the Python that is checked cannot be run",
        ("the path names no Python", "it is older than 3.9", "its environment was moved or is damaged"),
        "name the Python that runs your flows: `proxyenv check --python PATH`",
    ),
    Code(
        "python-writable",
        "root does not run a Python that somebody else can replace",
        ("it lies in the home of another user", "a directory above it is open to others"),
        "run `proxyenv check` as the user who runs the flows",
    ),
    Code(
        "api-unreachable",
        "the Prefect API cannot be reached",
        ("the server is down", "it can be reached directly only, or through the proxy only"),
        "check the URL; if the server can be reached directly: `proxyenv setup --no-proxy HOST`",
    ),
    Code(
        "api-status",
        "the Prefect API answered with an error status",
        ("the URL lacks its path `/api`", "something else than Prefect answers there"),
        "check the URL: it usually ends in `/api`",
    ),
    Code(
        "server-version",
        "the versions of the Prefect server and of the client do not go together",
        ("the server is older than the client", "one of them is Prefect 2"),
        "upgrade the server to the client's version or later, or install the server's version here",
    ),
    Code(
        "api-not-prefect",
        "what answers at the API's address is not Prefect",
        ("the URL names the server's page and lacks `/api`", "another program listens there"),
        "check the URL: it usually ends in `/api`",
    ),
    Code(
        "api-unauthorized",
        "the Prefect API rejects the credentials",
        ("`PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` is missing or wrong", "the proxy refuses the host"),
        "check `PREFECT_API_KEY` or `PREFECT_API_AUTH_STRING` in the profile",
    ),
    Code(
        "websocket-failed",
        "the websocket could not be opened",
        ("the proxy or a reverse proxy does not pass websockets on",),
        "ask IT to allow websockets, or go direct if that is possible: `proxyenv setup --no-proxy HOST`",
    ),
    Code(
        "websocket-denied",
        "the proxy refuses CONNECT for the websocket",
        ("most proxies allow CONNECT to port 443 only, and the API has another port",),
        "ask IT to allow CONNECT to the API's host and port",
    ),
    Code(
        "websocket-upgrade-dropped",
        "the websocket request arrived as a plain HTTP request: its `Upgrade` header was dropped",
        (
            "the proxy decrypts the connection and drops the header",
            "a reverse proxy in front of the API does",
        ),
        "ask IT to pass `Upgrade` headers on (squid: `http_upgrade_request_protocols websocket allow all`)",
    ),
    Code(
        "websocket-tunnel-closed",
        "the proxy opens a tunnel for the websocket and closes it at once",
        ("the proxy accepts nothing but TLS in a tunnel, and the API's URL is `http://`",),
        "ask IT for plain tunnels, or use `https://` (squid: `on_unsupported_protocol tunnel all`)",
    ),
    Code(
        "flow-failed",
        "the flow did not complete",
        ("the flow could not fetch its document", "the API refused the flow run"),
        "fix the checks above it first; `proxyenv check -v` shows all of them",
    ),
    Code(
        "flow-lost-task-runs",
        "the flow completed, but its task runs never reached the API",
        ("the websocket does not work, and Prefect sends the states of task runs through it",),
        "fix `prefect-websocket` first",
    ),
    Code(
        "server-start",
        "the ephemeral Prefect server did not start",
        ("NO_PROXY lacks `127.0.0.1`; `localhost` does not cover it", "the machine is overloaded"),
        "`proxyenv setup` adds loopback to NO_PROXY; or name a server with `--api-url`",
    ),
    # negative control
    Code(
        "control-passed",
        "a fetch that had to fail succeeded",
        ("some code switches verification off, such as a `sitecustomize` module", "the proxy signs any name"),
        "look for code that changes how certificates are verified",
    ),
    # dependency between checks
    Code(
        "earlier-failure",
        "an earlier check failed, so this one was skipped",
        ("this check needs the one that failed",),
        "fix the failed check first",
    ),
    # trust stores
    Code(
        "store-lacks-ca",
        "a trust store does not trust a corporate CA",
        ("the CA was never installed there", "an update of the store dropped it"),
        "`proxyenv trust install`",
    ),
    Code(
        "store-tool-missing",
        "the program that writes a trust store is not installed",
        ("Debian's `libnss3-tools` has `certutil`, a JDK has `keytool`",),
        "install the program that the outcome names, then `proxyenv trust install`",
    ),
    # status
    Code(
        "ca-changed",
        "the corporate CA has changed since it was set up",
        ("IT has replaced the CA in the file given with `--ca`", "a trust store still has the old one"),
        "`proxyenv refresh`, then `proxyenv trust install` where trust stores are used",
    ),
    Code(
        "pac-changed",
        "the PAC file no longer says what was set up from it",
        ("IT has changed it", "this is another network", "it is asked about a host that was not known then"),
        "`proxyenv refresh`",
    ),
    Code(
        "pac-not-asked",
        "the PAC file that was set up from cannot be asked now",
        ("this is another network: the VPN is not connected", "the extra `pac` is not installed any more"),
        "connect to the company's network, then `proxyenv status`",
    ),
    Code(
        "policy-changed",
        "the fleet's policy has changed since it was followed",
        ("its file was written again, and it is not pinned to a digest",),
        "`proxyenv refresh`",
    ),
    Code(
        "system-store-changed",
        "the operating system's roots have changed since the bundle was made",
        ("an update of `ca-certificates`", "an administrator added or removed a CA"),
        "`proxyenv refresh`",
    ),
    Code(
        "missing",
        "a file that was written is gone",
        ("somebody or a clean-up program deleted it",),
        "`proxyenv refresh`",
    ),
    Code(
        "modified",
        "a file was changed after it was written",
        ("somebody edited it", "another program rewrote it or changed its mode"),
        "`proxyenv diff` shows what `proxyenv refresh` would change back",
    ),
    Code(
        "interrupted",
        "a run was interrupted before it finished",
        ("the process was killed or the machine was switched off",),
        "`proxyenv setup` finishes it, `proxyenv uninstall` reverts it",
    ),
    Code(
        "bundle-stale",
        "certifi has changed since the bundle was made",
        ("certifi was upgraded or downgraded",),
        "`proxyenv refresh`",
    ),
    Code(
        "ca-expires",
        "a corporate CA expires within 30 days",
        ("IT usually has its successor already",),
        "ask IT for the next CA, and give it with `--ca FILE`",
    ),
    Code(
        "ca-has-expired",
        "a corporate CA has expired",
        ("IT has replaced it", "the clock of this machine is wrong"),
        "ask IT for the CA that replaced it, and give it with `--ca FILE`",
    ),
    Code(
        "not-sourced",
        "this shell has not sourced the env file",
        ("it was started before `setup`", "it reads another rc file", "it runs in an IDE or a service"),
        "open a new shell, or source the env file that the hint names",
    ),
    Code(
        "container-file-missing",
        "inside a container, a variable names a CA file that the container does not have",
        ("the path is one of the machine that built the image", "the `COPY` line or the volume is missing"),
        "the line of the Dockerfile in the hint, or `proxyenv kubernetes` for a pod; then start it again",
    ),
    Code(
        "container-ca-missing",
        "inside a container, the bundle lacks the CA that issued the certificate",
        ("the image was built without the corporate CA, or before IT replaced it",),
        "`proxyenv image write proxyenv-files --ca FILE`, and build the image again",
    ),
    Code(
        "verification-off",
        "one of your settings switches the verification of certificates off",
        ("somebody wrote `strict-ssl=false`, `http.sslVerify=false` or the like as a workaround",),
        "remove it: the hint has the command",
    ),
    Code(
        "ca-file-missing",
        "one of your settings names a CA file that does not exist",
        ("the file was moved or deleted", "the setting was copied from another machine"),
        "remove it: the hint has the command",
    ),
    Code(
        "ca-file-differs",
        "one of your settings names a CA file without the corporate CA",
        ("the file was written before IT replaced the CA", "it has the public roots only"),
        "remove it, so that the bundle is used: the hint has the command",
    ),
    Code(
        "value-missing",
        "one of your settings is a name without a value, and its tool refuses the whole file",
        ("what stood behind the `=` was deleted with it", "a script wrote an empty variable"),
        "remove it: the hint has the command",
    ),
    Code(
        "no-proxy-word",
        "one of your settings lists `none` or the like, which its tool takes for the name of a host",
        ("it was meant for an empty list", "a program wrote a value that it did not have"),
        "remove it: the hint has the command",
    ),
    Code(
        "proxy-differs",
        "one of your settings names another proxy",
        ("it is left from another network or from before the proxy moved",),
        "remove it: the hint has the command",
    ),
    Code(
        "proxy-off",
        "one of your settings sends a tool past every proxy",
        (
            "it was meant for a network without a proxy",
            "a recipe from the web emptied the proxy, or excepted every host",
        ),
        "remove it: the hint has the command",
    ),
    Code(
        "shadowed",
        "something else overrides a value that was written",
        (
            "an rc file or this shell sets the same variable later",
            "the shell was started before `refresh`",
            "`.env`, `prefect.toml` or `pyproject.toml` in this directory beats the profile",
        ),
        "remove what the outcome names: the hint says how",
    ),
    Code(
        "prefect-settings-invalid",
        "a settings file in the working directory is one that Prefect cannot read",
        ("`prefect.toml`, `pyproject.toml` or `.env` there has a syntax error",),
        "correct the file that the outcome names",
    ),
    Code(
        "profile-inactive",
        "another Prefect profile is active than the one that was written",
        ("`prefect profile use` chose another one",),
        "`proxyenv refresh` makes the written one active again",
    ),
    Code(
        "builder-fetch",
        "an image cannot be built, since what fetches before its first `RUN` lacks the proxy or the CA",
        (
            "the builder fetches `FROM` and `ADD https://`: Docker's daemon, a container of buildx, kaniko",
            "the client, `docker` or `buildx`, fetches the token of a registry",
            "lines of the Dockerfile, build arguments and secrets reach none of them",
        ),
        "`proxyenv image write DIR` writes `DIR/builder`, whose `README.md` says what each of them takes",
    ),
    # jobs of work pools
    Code(
        "jobs-get-host-path",
        "workers on this machine hand the path of its CA file to jobs that do not have the file",
        ("a worker hands every setting of Prefect to its jobs, and it beats what the image says",),
        "`proxyenv pool show NAME` shows what the jobs of a pool get, `proxyenv pool patch NAME` cures it",
    ),
    Code(
        "jobs-get-docker-proxies",
        "workers on this machine put the proxies of the Docker client into the containers of jobs",
        ("`proxies` in `~/.docker/config.json`; they replace those of the image, NO_PROXY too",),
        "`proxyenv pool patch NAME` sets all six variables, which win",
    ),
    Code(
        "jobs-get-old-settings",
        "the jobs of a work pool get a proxy, a list or paths that were set up on this machine before",
        (
            "`setup` or `refresh` has changed them since `pool patch`",
            "no other verb than `pool patch` writes to Prefect's API",
        ),
        "run `proxyenv pool patch NAME` again: it takes the old values back and writes the new ones",
    ),
)
"""Every cause of an ``Outcome``."""
