"""What a report costs from bytes to cells and findings, and what a PDF costs a page.

    python benchmarks/run.py --only reports

Targets (issue 3): at most 5 ms CPU from a read HTML report to its cells and findings; a PDF of ten pages at most 1 s.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from archive.reports.model import Context
from archive.reports.read import read_report
from benchmarks import formats
from benchmarks.extract import samples
from benchmarks.ledger import Part, Row, Size, at_most, median
from sites.reading.article import read_article
from sites.reading.decode import page_of

URL = "http://www.example.gov.cn/art/2025/1/21/art_1_2.html"
CELLS_MS, PDF_MS, ROUNDS = 5.0, 1000.0, 7


def best(work: Callable[[], object]) -> float:
    """CPU milliseconds of the best of several rounds."""
    costs = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        costs.append(1000 * (time.process_time() - started))
    return min(costs)


def run(size: Size) -> Part:
    """Judging generated reports of every regime, and reading the corpus's PDFs."""
    from benchmarks import pipeline

    context = Context(url=URL, host="www.example.gov.cn")
    reading, judging = [], []
    for body in samples(pipeline.portal_folder(size.folder, 300), 44):
        extracted = read_article(page_of(url=URL, body=body))
        reading.append(best(lambda body=body: read_article(page_of(url=URL, body=body))))  # type: ignore[misc]
        judging.append(best(lambda read=extracted: read_report([read], context)))  # type: ignore[misc]
    both = [one + other for one, other in zip(reading, judging, strict=True)]
    rows = [
        at_most("HTML report to cells and findings, CPU", median(judging), CELLS_MS, "ms"),
    ]
    lines = [
        f"{len(judging)} generated reports of 2014 to 2024, about 60 KB each, CPU, each the best of {ROUNDS}: "
        f"bytes to text and tables {median(reading):.1f} ms,",
        f"text and tables to cells and findings {median(judging):.1f} ms, together {median(both):.1f} ms.",
    ]
    a_page = []
    for path in sorted(size.corpus.rglob("*.pdf")) if size.corpus else ():
        ms, extracted, _ = formats.best(path.read_bytes(), path.name, 3)
        pages = len(formats.pdfium.PdfDocument(path.read_bytes()))
        if extracted and "ocr" not in extracted.flags:
            a_page.append(ms / pages)
    if a_page:
        rows.append(at_most("ten pages of the slowest PDF, CPU", 10 * max(a_page), PDF_MS, "ms", 0))
    else:
        wanted = f"at most {PDF_MS:g} ms"
        rows.append(Row(target="ten pages of the slowest PDF, CPU", wanted=wanted, measured="no PDF here", held=None))
    return Part(title="Reports and PDFs", lines=lines, rows=rows)
