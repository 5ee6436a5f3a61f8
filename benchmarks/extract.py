"""What reading one page costs: gongkai beside other extractors, same pages, same process, in turn.

    python benchmarks/extract.py [CORPUS] [--folder DIR]     # CORPUS: a folder with pages/*.html; else generated pages

CPU milliseconds, the best of five repeats a page, the median over the pages. gongkai's figure is everything from
bytes to text, tables and metadata; the report's cells are not in it. Targets (issue 2): at most 3 ms a page, and
at least ten times as fast as trafilatura's fast mode.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
sys.path.insert(0, str(HERE))

REPEATS = 5
TARGET_MS = 3.0
TARGET_RATIO = 10.0
GONGKAI = "gongkai"
FAST = "trafilatura fast"


def median(values: Iterable[float]) -> float:
    """The middle one (this folder's `statistics.py` hides the library's)."""
    ordered = sorted(values)
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def samples(folder: Path, limit: int = 60) -> list[bytes]:
    """The pages of a corpus, or every so many of a generated portal."""
    found = sorted([*folder.glob("pages/*.html"), *folder.glob("reports/*.html")])
    if found:
        return [file.read_bytes() for file in found]
    index = json.loads((folder / "index.json").read_text("utf-8"))
    blob = (folder / "pages.bin").read_bytes()
    places = list(index["places"].values())
    return [blob[offset : offset + size] for offset, size in places[:: max(1, len(places) // limit)]]


def tools() -> dict[str, Callable[[bytes, str], object]]:
    """Every extractor that can be imported here; each gets the bytes and their text."""
    import trafilatura
    from gne import GeneralNewsExtractor
    from readability import Document
    from resiliparse.extract.html2text import extract_plain_text
    from selectolax.lexbor import LexborHTMLParser

    from sites.reading.article import read_article
    from sites.reading.decode import page_of

    gne = GeneralNewsExtractor()

    def gongkai(body: bytes, text: str) -> object:
        del text
        return read_article(page_of(url="http://www.example.gov.cn/a.html", body=body))

    def bare(body: bytes, text: str) -> object:
        del body
        tree = LexborHTMLParser(text)
        return tree.body.text(separator="\n") if tree.body else ""

    return {
        GONGKAI: gongkai,
        "selectolax alone": bare,
        "trafilatura": lambda body, text: trafilatura.bare_extraction(text, with_metadata=True),
        FAST: lambda body, text: trafilatura.bare_extraction(text, with_metadata=True, fast=True),
        "readability-lxml": lambda body, text: Document(text).summary(),
        "GNE": lambda body, text: gne.extract(text),
        "resiliparse": lambda body, text: extract_plain_text(text, main_content=True),
    }


def measure(bodies: list[bytes]) -> dict[str, float]:
    """Median CPU milliseconds a page of every tool; a page that a tool cannot take does not count for it."""
    from sites.reading.decode import decode

    texts = [decode(body).text for body in bodies]
    costs: dict[str, list[float]] = {}
    for body, text in zip(bodies, texts, strict=True):
        for name, tool in tools().items():
            best = float("inf")
            for _ in range(REPEATS):
                started = time.process_time()
                try:
                    tool(body, text)
                except (ValueError, TypeError, AttributeError, IndexError):
                    break
                best = min(best, time.process_time() - started)
            else:
                costs.setdefault(name, []).append(1000 * best)
    return {name: median(values) for name, values in costs.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(samples(options.corpus))))
        return
    import compare
    import pipeline

    python = compare.environment(options.folder)
    corpus = options.corpus or pipeline.portal_folder(options.folder, 300)
    command = [str(python), __file__, str(corpus.resolve()), "--child"]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    costs: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    for name, cost in sorted(costs.items(), key=lambda item: item[1]):
        print(f"{name:20} {cost:8.2f} ms")
    ratio = costs[FAST] / costs[GONGKAI]
    print(f"{'PASS' if costs[GONGKAI] <= TARGET_MS else 'MISS'}  gongkai: {costs[GONGKAI]:.2f} ms (target {TARGET_MS})")
    print(f"{'PASS' if ratio >= TARGET_RATIO else 'MISS'}  against {FAST}: {ratio:.1f} x (target {TARGET_RATIO})")


if __name__ == "__main__":
    main()
