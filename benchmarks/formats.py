"""Processor time per document of `sites.formats`, best of several rounds.

`python benchmarks/formats.py FOLDER [ROUNDS]`: FOLDER holds documents of any format (searched through).
Target: a PDF of ten pages at most 1 s; measured as ten times a page of the slowest PDF with a text layer.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

import pypdfium2 as pdfium

from sites.errors import Unreadable
from sites.formats import read, sniff
from sites.model import Extracted

TEN_PAGES_MS = 1_000.0


def best(body: bytes, name: str, rounds: int) -> tuple[float, Extracted | None, str]:
    """Milliseconds of processor time, what was read, or why not."""
    times, extracted, reason = [], None, ""
    for _ in range(rounds):
        start = time.process_time()
        try:
            extracted = read(body, name=name)
        except Unreadable as error:
            reason = error.message
        times.append((time.process_time() - start) * 1000)
    return min(times), extracted, reason


def main(folder: Path, rounds: int) -> int:
    print(f"{'file':40} {'kind':6} {'KB':>6} {'pages':>5} {'ms':>7} {'ms/page':>7} tables")
    a_page: list[float] = []
    for path in sorted(file for file in folder.rglob("*") if file.is_file()):
        body = path.read_bytes()
        kind = sniff(body, path.name)
        if kind in ("", "html"):
            continue
        ms, extracted, reason = best(body, path.name, rounds)
        pages = len(pdfium.PdfDocument(body)) if kind == "pdf" and extracted else 0
        each = f"{ms / pages:7.1f}" if pages else " " * 7
        if pages and "ocr" not in (extracted.flags if extracted else ()):
            a_page.append(ms / pages)
        said = str(len(extracted.tables)) if extracted else f"refused: {reason[:60]}"
        print(f"{path.name[:40]:40} {kind:6} {len(body) / 1024:6.0f} {pages or '':>5} {ms:7.1f} {each} {said}")
    if not a_page:
        print("no PDF with a text layer here: the target was not measured")
        return 1
    ten = 10 * max(a_page)
    verdict = "PASS" if ten <= TEN_PAGES_MS else "MISS"
    print(f"ten pages of the slowest PDF: {ten:.0f} ms (target {TEN_PAGES_MS:.0f}): {verdict}")
    return 0 if ten <= TEN_PAGES_MS else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5))
