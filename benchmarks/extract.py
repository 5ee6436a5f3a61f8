"""CPU per corpus page of gongkai and of other readers, in one run: `python benchmarks/extract.py CORPUS`.

gongkai is measured from bytes to title, text, tables, claims and links; the others from decoded text to what they
give. Each page is read `--rounds` times and its best time counts; the median over the pages is printed.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

from selectolax.lexbor import LexborHTMLParser

from sites.reading.article import read_article
from sites.reading.decode import page_of

sys.path.insert(0, str(Path(__file__).resolve().parent))

from corpus import Sample, load


def gongkai(sample: Sample) -> None:
    read_article(page_of(url=sample.url, body=sample.body))


def selectolax(sample: Sample) -> None:
    LexborHTMLParser(sample.body.decode("utf-8", "replace")).body.text(separator="\n")


def readers() -> dict[str, Callable[[Sample], object] | str]:
    """Readers by name, or the reason why one is not here."""
    found: dict[str, Callable[[Sample], object] | str] = {"gongkai": gongkai, "selectolax: parse and text": selectolax}
    try:
        import trafilatura

        found["trafilatura default"] = lambda sample: trafilatura.bare_extraction(_text(sample), with_metadata=True)
        found["trafilatura fast"] = lambda sample: trafilatura.bare_extraction(
            _text(sample), with_metadata=True, fast=True
        )
    except ImportError:
        found["trafilatura"] = "not installed"
    try:
        from readability import Document

        found["readability-lxml"] = lambda sample: Document(_text(sample)).summary()
    except ImportError:
        found["readability-lxml"] = "not installed"
    try:
        from gne import GeneralNewsExtractor

        reader = GeneralNewsExtractor()
        found["GNE"] = lambda sample: reader.extract(_text(sample))
    except ImportError:
        found["GNE"] = "not installed"
    try:
        from resiliparse.extract.html2text import extract_plain_text

        found["resiliparse main content"] = lambda sample: extract_plain_text(_text(sample), main_content=True)
    except ImportError:
        found["resiliparse"] = "not installed"
    return found


def _text(sample: Sample) -> str:
    return page_of(url=sample.url, body=sample.body).text


def best(read: Callable[[Sample], object], sample: Sample, rounds: int) -> float:
    """The best CPU time of some rounds, in milliseconds."""
    times = []
    for _ in range(rounds):
        began = time.process_time()
        read(sample)
        times.append(time.process_time() - began)
    return min(times) * 1000


def main() -> int:
    """Print the medians; exit 1 when a page costs gongkai more than 3 ms."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=Path)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    pages = [sample for sample in load(options.corpus)[0] if not sample.is_json]
    medians: dict[str, float] = {}
    print(f"{len(pages)} pages, ms CPU a page{'median':>18}{'mean':>10}{'times gongkai':>16}")
    for name, read in readers().items():
        if isinstance(read, str):
            print(f"{name:28}{read} (extra `bench`)")
            continue
        times = [best(read, sample, options.rounds) for sample in pages]
        medians[name] = sorted(times)[len(times) // 2]
        mean = sum(times) / len(times)
        print(f"{name:28}{medians[name]:>16.2f}{mean:>10.2f}{medians[name] / medians['gongkai']:>16.1f}")
    return 0 if medians["gongkai"] <= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
