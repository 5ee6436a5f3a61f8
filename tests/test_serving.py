"""docs/serving.md is true: nginx takes the example, and an archive behind it knows its visitors, paths and scheme."""

from __future__ import annotations

import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.web_archive import build

SERVING = Path(__file__).resolve().parents[1] / "docs" / "serving.md"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/sbin:/bin")
_SERVE = (
    "import sys; from pathlib import Path; from archive.web.serve import serve; "
    "serve(Path(sys.argv[1]), port=int(sys.argv[2]), per_second=0.001, base_url='/gongkai/')"
)


def example(language: str) -> str:
    """The first example in a language."""
    found = re.search(rf"```{language}\n(.*?)```", SERVING.read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[str]:
    """The sample archive below /gongkai/, behind the nginx of the example: its outer address."""
    if NGINX is None:
        pytest.skip("needs nginx (apt-get install nginx-light)")
    inner, outer = free_port(), free_port()
    site = (
        example("nginx")
        .replace("127.0.0.1:8001", f"127.0.0.1:{inner}")
        .replace("listen 80", f"listen 127.0.0.1:{outer}")
    )
    site = site.replace("location / {", "location /gongkai/ {")
    config = tmp_path / "nginx.conf"
    places = "".join(
        f"{name}_temp_path {tmp_path}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    config.write_text(
        f"daemon off; pid {tmp_path}/nginx.pid; error_log {tmp_path}/error.log; events {{}}\n"
        f"http {{ access_log off; {places}\n{site}\n}}\n",
        encoding="utf-8",
    )
    checked = subprocess.run([NGINX, "-t", "-c", str(config)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    archive = build(tmp_path)
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVE, str(archive), str(inner)], stdout=subprocess.PIPE, cwd=SERVING.parents[1]
    )
    assert server.stdout is not None
    server.stdout.readline()
    nginx = subprocess.Popen([NGINX, "-c", str(config)])
    base = f"http://127.0.0.1:{outer}/gongkai"
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"{base}/robots.txt").status_code == 200:
                break
        except httpx.TransportError:
            continue
    yield base
    for process in (nginx, server):
        process.terminate()
        process.wait(20)
    server.stdout.close()


def test_behind_nginx_pages_links_and_visitors_are_right(proxied: str) -> None:
    host = proxied.removesuffix("/gongkai")
    # 127.0.0.1 is the trusted proxy here: the visitor comes from another address
    visitor = httpx.HTTPTransport(local_address="127.0.0.2")
    with httpx.Client(base_url=proxied, timeout=20, transport=visitor) as client:
        front = client.get("/", headers={"accept-encoding": "gzip"})
        assert (front.status_code, front.headers.get("content-encoding")) == (200, "gzip"), front.headers
        for link in re.findall(r'(?:href|src)="(/[^"]*)"', front.text):
            assert link.startswith("/gongkai/"), link
        style = re.search(r'href="(/gongkai/-/gongkai/gongkai[^"]+)"', front.text)
        assert style
        assert client.get(f"{host}{style[1]}").status_code == 200
        assert f"<loc>{host}/gongkai/" in client.get("/sitemap.xml").text
        assert f"{host}/gongkai/report/" in client.get("/feed.atom").text
        assert client.get("/archive/reports.json?_size=1").json()["rows"]
        # the bucket is the visitor's own: what he writes into the header himself makes him nobody else
        answers = [
            client.get("/robots.txt", headers={"x-forwarded-for": f"203.0.113.{n}"}).status_code for n in range(130)
        ]
        assert answers[-1] == 429


def test_the_caddy_example_points_at_the_same_server() -> None:
    assert "reverse_proxy 127.0.0.1:8001" in example("caddy")
