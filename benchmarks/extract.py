"""What reading one page costs: gongkai beside other extractors, same pages, same process, in turn.

    python benchmarks/extract.py [CORPUS] [--folder DIR]     # CORPUS: a folder with pages/*.html; else generated pages

CPU milliseconds, the best of several rounds a page, the median over the pages. gongkai's figure is everything from
bytes to text, tables and metadata; the report's cells are not in it. Targets (issue 2): at most 3 ms a page, and
at least ten times as fast as trafilatura's fast mode.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
if not __package__:
    sys.path[0] = str(ROOT)  # not this folder: its statistics.py would hide the library's

from benchmarks.ledger import Part, Row, Size, at_least, at_most, median  # noqa: E402

REPEATS = 7
TARGET_MS = 3.0
TARGET_RATIO = 10.0
GONGKAI = "gongkai"
FAST = "trafilatura fast"


def samples(folder: Path, limit: int = 60) -> list[bytes]:
    """The pages of a corpus, or every so many of a generated portal."""
    found = sorted([*folder.glob("pages/*.html"), *folder.glob("reports/*.html")])
    if found:
        return [file.read_bytes() for file in found]
    index = json.loads((folder / "index.json").read_text("utf-8"))
    blob = (folder / "pages.bin").read_bytes()
    places = list(index["places"].values())
    return [blob[offset : offset + size] for offset, size in places[:: max(1, len(places) // limit)]]


def tools() -> tuple[dict[str, Callable[[bytes, str], object]], list[str]]:
    """Every extractor that can be imported here, each given the bytes and their text; and those that cannot."""
    from selectolax.lexbor import LexborHTMLParser

    from sites.reading.article import read_article
    from sites.reading.decode import page_of

    def gongkai(body: bytes, text: str) -> object:
        del text
        return read_article(page_of(url="http://www.example.gov.cn/a.html", body=body))

    def bare(body: bytes, text: str) -> object:
        del body
        tree = LexborHTMLParser(text)
        return tree.body.text(separator="\n") if tree.body else ""

    found: dict[str, Callable[[bytes, str], object]] = {GONGKAI: gongkai, "selectolax alone": bare}
    absent: list[str] = []
    try:
        import trafilatura

        found["trafilatura"] = lambda body, text: trafilatura.bare_extraction(text, with_metadata=True)
        found[FAST] = lambda body, text: trafilatura.bare_extraction(text, with_metadata=True, fast=True)
    except ImportError:
        absent.append("trafilatura")
    try:
        from readability import Document

        found["readability-lxml"] = lambda body, text: Document(text).summary()
    except ImportError:
        absent.append("readability-lxml")
    try:
        from gne import GeneralNewsExtractor
        from gne.exceptions import NoContentException

        gne = GeneralNewsExtractor()

        def by_gne(body: bytes, text: str) -> object:
            del body
            try:
                return gne.extract(text)
            except NoContentException:
                return None

        found["GNE"] = by_gne
    except ImportError:
        absent.append("GNE")
    try:
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse"] = lambda body, text: extract_plain_text(text, main_content=True)
    except ImportError:
        absent.append("resiliparse")
    return found, absent


def measure(bodies: list[bytes], rounds: int) -> tuple[dict[str, float], list[str]]:
    """Median CPU milliseconds a page of every tool, each page's best of so many rounds over all pages; a page that a
    tool cannot take does not count for it. And the tools that are not installed."""
    from sites.reading.decode import decode

    texts = [decode(body).text for body in bodies]
    found, absent = tools()
    best: dict[tuple[str, int], float] = {}
    for _ in range(rounds):
        for number, (body, text) in enumerate(zip(bodies, texts, strict=True)):
            for name, tool in found.items():
                started = time.process_time()
                try:
                    tool(body, text)
                except (ValueError, TypeError, AttributeError, IndexError):
                    continue
                spent = 1000 * (time.process_time() - started)
                best[name, number] = min(best.get((name, number), spent), spent)
    costs = {name: median(cost for (tool, _), cost in best.items() if tool == name) for name in found}
    return costs, absent


def run(size: Size) -> Part:
    """Reading beside other extractors."""
    from benchmarks import pipeline

    corpus = size.corpus or pipeline.portal_folder(size.folder, 300)
    bodies = samples(corpus)
    costs, absent = measure(bodies, REPEATS)
    lines = [
        f"Median CPU a page over {len(bodies)} {'real' if size.corpus else 'generated'} pages, each the best of "
        f"{REPEATS} rounds. gongkai goes from",
        "bytes to text, tables and metadata with their provenance; the others from decoded text to text and metadata.",
        "",
        "| reader | ms a page |",
        "|---|---|",
        *(f"| {name} | {cost:.2f} |" for name, cost in sorted(costs.items(), key=lambda item: item[1])),
    ]
    if absent:
        lines += ["", f"Not installed here (extra `bench`): {', '.join(absent)}."]
    rows = [at_most("reading one page, CPU", costs[GONGKAI], TARGET_MS, "ms", 2)]
    if FAST in costs:
        rows.append(at_least("reading against trafilatura, fast mode", costs[FAST] / costs[GONGKAI], TARGET_RATIO, "×"))
    else:
        wanted = f"at least {TARGET_RATIO:g} ×"
        rows.append(Row(target="reading against trafilatura, fast mode", wanted=wanted, measured="absent", held=None))
    return Part(title="Reading one page", lines=lines, rows=rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="?", type=Path)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir()) / "gongkai-bench")
    options = parser.parse_args()
    part = run(Size(folder=options.folder, corpus=options.corpus))
    print("\n".join(part.lines))
    for row in part.rows:
        print(f"{row.verdict}  {row.target}: {row.measured} ({row.wanted})")


if __name__ == "__main__":
    main()
