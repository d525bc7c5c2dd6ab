"""What a user of each library writes to fetch one document: the URL is the argument."""

from __future__ import annotations

from typing import Final

URLLIB: Final = "import sys, urllib.request; print(urllib.request.urlopen(sys.argv[1], timeout=20).read())"
REQUESTS: Final = "import requests, sys; print(requests.get(sys.argv[1], timeout=20).json())"
HTTPX: Final = "import httpx, sys; print(httpx.get(sys.argv[1], timeout=20).json())"
URLLIB3: Final = """
import os, sys, urllib3
pool = urllib3.ProxyManager(os.environ["https_proxy"], retries=False, timeout=20)
print(pool.request("GET", sys.argv[1]).data)
"""
AIOHTTP: Final = """
import aiohttp, asyncio, sys
async def main():
    async with aiohttp.ClientSession(trust_env=True) as session, session.get(sys.argv[1]) as answer:
        print(await answer.text())
asyncio.run(main())
"""
WEBSOCKETS: Final = """
import asyncio, sys, websockets
async def main():
    async with websockets.connect(sys.argv[1].replace("https:", "wss:")):
        pass
asyncio.run(main())
"""
PREFECT: Final = """
import asyncio, sys
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings
async def main():
    with temporary_settings({PREFECT_API_URL: sys.argv[1]}):
        async with get_client() as client:
            print((await client._client.get("/")).text)
asyncio.run(main())
"""
PREFECT_WEBSOCKETS: Final = """
import asyncio, sys
from prefect._internal.websockets import websocket_connect
async def main():
    async with websocket_connect(sys.argv[1].replace("https:", "wss:")):
        pass
asyncio.run(main())
"""
PREFECT_GIT: Final = """
import sys
from prefect.deployments.steps.pull import git_clone
git_clone(sys.argv[1] + "demo.git")
"""
APPRISE: Final = """
import sys
from urllib.parse import urlsplit
from apprise import Apprise
notifications = Apprise()
notifications.add(f"jsons://{urlsplit(sys.argv[1]).hostname}/?cto=20&rto=20")
sys.exit(0 if notifications.notify("done") else 1)
"""
GRPC: Final = """
import grpc, os, queue, sys
from urllib.parse import urlsplit
channel = grpc.secure_channel(urlsplit(sys.argv[1]).hostname + ":443", grpc.ssl_channel_credentials())
states = queue.Queue()
channel.subscribe(states.put, try_to_connect=True)
last = {grpc.ChannelConnectivity.READY: 0, grpc.ChannelConnectivity.TRANSIENT_FAILURE: 1}
while (state := states.get(timeout=20)) not in last:
    pass
os._exit(last[state])
"""
BOTOCORE: Final = """
import sys
from botocore import UNSIGNED
from botocore.config import Config
from botocore.session import get_session
config = Config(signature_version=UNSIGNED, retries={"total_max_attempts": 1})
client = get_session().create_client("sts", "lab", endpoint_url=sys.argv[1], config=config)
print(client.get_caller_identity())
"""
HTTPLIB2: Final = "import httplib2, sys; print(httplib2.Http(timeout=20).request(sys.argv[1]))"
GOOGLE_AUTH: Final = """
import sys
from google.auth.transport.requests import Request
print(Request()(sys.argv[1], timeout=20).data)
"""
AZURE_CORE: Final = """
import sys
from azure.core import PipelineClient
from azure.core.pipeline.policies import RetryPolicy
from azure.core.rest import HttpRequest
client = PipelineClient(sys.argv[1], policies=[RetryPolicy.no_retries()])
print(client.send_request(HttpRequest("GET", sys.argv[1])).text())
"""
RATTLER: Final = """
import asyncio, sys
from rattler import Channel, Gateway, Platform
asyncio.run(Gateway().query([Channel(sys.argv[1])], [Platform("noarch")], ["demo"]))
"""
PYCURL: Final = """
import pycurl, sys
curl = pycurl.Curl()
curl.setopt(pycurl.URL, sys.argv[1])
curl.perform()
"""

OPENSSL: Final = (
    'printf "GET / HTTP/1.1\\r\\nHost: $0\\r\\n\\r\\n" | openssl s_client -proxy "$1" -connect "$0:443"'
    ' -servername "$0" -verify_return_error -verify_hostname "$0" -quiet'
)
RUBY: Final = "puts URI.open(ARGV[0]).read"
PERL: Final = (
    "my $answer = LWP::UserAgent->new->get($ARGV[0]);"
    " print $answer->status_line; exit($answer->is_success ? 0 : 1)"
)
PHP_STREAMS: Final = """
$proxy = str_replace("http://", "tcp://", getenv("https_proxy"));
$context = stream_context_create(["http" => ["proxy" => $proxy]]);
$answer = file_get_contents($argv[1], false, $context);
echo $answer;
exit($answer === false ? 1 : 0);
"""
PHP_CURL: Final = """
$curl = curl_init($argv[1]);
$done = curl_exec($curl);
echo curl_error($curl);
exit($done ? 0 : 1);
"""
R: Final = 'download.file(commandArgs(TRUE)[1], "document", quiet = TRUE)'
JAVA: Final = """
import java.net.*;
public class Fetch {
    public static void main(String[] urls) throws Exception {
        System.out.println(new String(URI.create(urls[0]).toURL().openStream().readAllBytes()));
    }
}
"""

FETCH: Final = (
    "fetch(process.argv[1]).then(answer => answer.text()).then(console.log)"
    ".catch(error => { console.log(error, error.cause); process.exitCode = 1 })"
)
NODE_HTTPS: Final = (
    "require('https').get(process.argv[1], answer => answer.resume())"
    ".on('error', error => { console.log(error); process.exitCode = 1 })"
)
NODE_ROOTS: Final = (
    "const tls = require('tls'); const roots = new Set(tls.getCACertificates('default'));"
    " const kept = tls.rootCertificates.every(root => roots.has(root));"
    " console.log(tls.rootCertificates.length, roots.size);"
    " process.exitCode = kept && roots.size === tls.rootCertificates.length + 1 ? 0 : 1"
)
DENO: Final = "console.log(await (await fetch(Deno.args[0])).text())"
