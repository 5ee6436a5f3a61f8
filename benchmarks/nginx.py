"""nginx in front of the generated portal: pages from files as real portals serve them, the listings from `pages.py`."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from urllib.error import URLError

_CONFIG = """
daemon off;
{user}
worker_processes 1;
pid {work}/pid;
error_log {work}/error.log warn;
events {{ worker_connections 512; }}
http {{
    types {{ text/html html; }}
    charset utf-8;
    access_log off;
    etag on;
    keepalive_requests 1000000;
    client_body_temp_path {work}/body;
    proxy_temp_path {work}/proxy;
    fastcgi_temp_path {work}/fastcgi;
    uwsgi_temp_path {work}/uwsgi;
    scgi_temp_path {work}/scgi;
    server {{
        listen 127.0.0.1:{port};
        root {root};
        location / {{ try_files $uri @portal; }}
        location @portal {{ proxy_pass {behind}; proxy_http_version 1.1; proxy_set_header Connection ""; }}
    }}
}}
"""


def find() -> str | None:
    """The nginx of this machine (Debian's stands in /usr/sbin, which is not on every path)."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")


def version() -> str:
    """What this machine's nginx calls itself, '' when there is none."""
    program = find()
    if program is None:
        return ""
    told = subprocess.run([program, "-v"], capture_output=True, text=True, check=True).stderr
    return told.rpartition(": ")[2].split()[0]


def unpacked(portal: Path) -> Path:
    """The rendered pages as files under their own paths, written once."""
    root = portal / "www"
    if root.exists():
        return root
    places = json.loads((portal / "index.json").read_text("utf-8"))["places"]
    making = portal / "www.part"
    with (portal / "pages.bin").open("rb") as pages:
        for path, (offset, length) in places.items():
            file = making / path.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            pages.seek(offset)
            file.write_bytes(pages.read(length))
    making.rename(root)
    return root


@contextlib.contextmanager
def fronted(nginx: str, portal: Path, behind: str) -> Iterator[str]:
    """The address of an nginx that serves the portal's pages and asks `behind` for everything else."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="nginx-") as work:
        config = Path(work) / "nginx.conf"
        config.write_text(
            _CONFIG.format(
                user="user root;" if os.geteuid() == 0 else "",
                work=work,
                port=port,
                root=unpacked(portal).resolve(),
                behind=behind.rstrip("/"),
            ),
            encoding="utf-8",
        )
        process = subprocess.Popen([nginx, "-e", f"{work}/error.log", "-p", work, "-c", str(config)])
        try:
            _await(f"http://127.0.0.1:{port}/robots.txt", process, Path(work) / "error.log")
            yield f"http://127.0.0.1:{port}/"
        finally:
            process.terminate()
            process.wait(20)


def _await(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(address):
                return
        except URLError:
            time.sleep(0.05)
    raise SystemExit(f"nginx did not start: {log.read_text() if log.exists() else 'no log'}")
