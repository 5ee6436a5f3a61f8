"""What a crawl wrote, opened in pywb: every record indexed, every page replayed byte for byte.

    python -m tests.replayed PYWB/bin

pywb pins libraries of its own, so it lives in an environment of its own; `.ci/run` makes one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

from archive.store.archive import Archive
from crawler.demo.server import Replica
from tests.crawler.ordeals import FEW, Place, finished

#: Seconds pywb may take to start.
START = 60.0


def main(programs: Path) -> int:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with Replica() as portal:
            place = Place.make(folder / "crawl", portal.url, FEW)
            finished(place)
            finished(place)  # the second night writes revisits
        (warc,) = place.warcs
        for command in (("init", "gongkai"), ("add", "gongkai", str(warc))):
            subprocess.run([programs / "wb-manager", *command], cwd=folder, check=True, capture_output=True)
        with Archive.read(place.archive) as archive:
            (written,) = archive.db.execute("select count(*) from captures").fetchone()
        lines = (folder / "collections/gongkai/indexes/index.cdxj").read_text(encoding="utf-8").splitlines()
        indexed = [(line.split(" ")[1], json.loads(line.split(" ", 2)[2]), "__wb_method=" in line) for line in lines]
        asked = [(moment, fields) for moment, fields, posted in indexed if not posted]
        wrong = _replayed(programs, folder, asked)
        subprocess.run([programs / "warcio", "check", str(warc)], check=True)
    print(
        f"{written} captures, {len(indexed)} indexed, {len(asked) - len(wrong)} of {len(asked)} GETs replayed as kept"
    )
    for address in wrong:
        print(f"differs: {address}")
    return 1 if wrong or written != len(indexed) else 0


def _replayed(programs: Path, folder: Path, asked: list[tuple[str, dict[str, str]]]) -> list[str]:
    """The addresses whose replay is not what the index promises."""
    with Replica() as free:
        port = free.port  # free again in a moment
    server = subprocess.Popen(
        [programs / "pywb", "-b", "127.0.0.1", "-p", str(port)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        base = f"http://127.0.0.1:{port}/"
        until = time.monotonic() + START
        while not _read(base)[1] and time.monotonic() < until:
            time.sleep(0.2)
        return [
            fields["url"]
            for moment, fields in asked
            if not _is_as_kept(fields, *_read(f"{base}gongkai/{moment}id_/{fields['url']}"))
        ]
    finally:
        server.terminate()
        server.wait()


def _is_as_kept(fields: dict[str, str], status: int, body: bytes) -> bool:
    """The bytes of the index's digest; a "not modified" is replayed as the 304 it was."""
    return _digest(body) == fields["digest"] or (status == 304 and fields["mime"] == "warc/revisit")


def _read(address: str) -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(address, timeout=20) as answer:
            return answer.status, bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, error.read()
    except OSError:
        return 0, b""


def _digest(body: bytes) -> str:
    return base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).absolute()))
