"""Are the numbers right? Labelled reports against what gongkai reads of them.

    python benchmarks/statistics.py FOLDER [--time] [--flatten] [--json]

FOLDER has the layout of the corpus: `statistics/*.json` name a file each (HTML, PDF, DOCX, text) with the printed
numbers in canonical keys; `documents/blank*.docx` must give no number; a folder `seeds` beside FOLDER (or in it)
with `expected.json` is read too. Exit code 1 when a cell is wrong or invented, when a labelled cell stays unread
without `may_refuse`, when the hard rules that fail are not exactly the expected ones, or a soft one is missed.
`--flatten` also prints every report with tables as six kinds of plain text and reads those: cells may stay unread
there, none may be wrong.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

if not __package__:
    sys.path[0] = str(Path(__file__).resolve().parents[1])  # not this folder: its statistics.py hides the library's

from archive.reports.model import Cell, Context, Report
from archive.reports.read import read_report
from sites.formats import read as read_file
from sites.formats.text import read_text
from sites.model import Extracted
from sites.reading.article import read_article
from sites.reading.decode import page_of

TEXT = {".md", ".txt", ".text"}
PAGES = {".html", ".htm", ".shtml"}


@dataclass
class Score:
    """How one file was read."""

    name: str
    right: int = 0
    wrong: list[str] = field(default_factory=list)
    invented: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    may_refuse: bool = False
    failed: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    inferred: int = 0
    milliseconds: float = 0.0

    @property
    def good(self) -> bool:
        """Whether nothing is wrong, invented or missed."""
        return not (self.wrong or self.invented or self.faults or (self.unread and not self.may_refuse))


def load(path: Path) -> Extracted:
    """A file as the archive would read it."""
    body = path.read_bytes()
    if path.suffix.lower() in PAGES:
        return read_article(page_of(url=f"https://www.example.gov.cn/{path.name}", body=body))
    if path.suffix.lower() in TEXT:
        return read_text(body.decode("utf-8", "replace"))
    return read_file(body, name=path.name)


def compare(score: Score, report: Report, label: dict[str, Any], *, whole: bool) -> None:
    """Count cells. `whole` says that the label lists every printed number, so that others are invented."""
    cells: dict[str, Cell] = {cell.key: cell for cell in report.cells if cell.form != "text"}
    blanks = set(label.get("blank_cells", []))
    for key, value in label.get("cells", {}).items():
        cell = cells.get(key)
        if cell is None or cell.value is None:
            score.unread.append(key)
        elif abs(cell.value - value) < 1e-9:
            score.right += 1
            score.inferred += cell.status == "inferred"
        else:
            score.wrong.append(f"{key}: {cell.value:g} for {value}")
    for key in blanks:
        cell = cells.get(key)
        if cell is None:
            score.unread.append(key)
        elif cell.status in ("blank", "derived"):
            score.right += 1
        else:
            score.wrong.append(f"{key}: {cell.raw!r} for a blank")
    if whole:
        known = set(label.get("cells", {})) | blanks
        score.invented += [key for key, cell in cells.items() if key not in known and cell.value is not None]
    text = {cell.row: cell.value for cell in report.cells if cell.form == "text"}
    for key, value in label.get("statistics", {}).items():
        if text.get(key) == value:
            score.right += 1
        else:
            score.wrong.append(f"{key}: {text.get(key)} for {value}")


def audit(score: Score, report: Report, label: dict[str, Any]) -> None:
    """The hard rules that fail are exactly the expected ones; every expected soft finding is there."""
    hard = Counter((one.rule, one.where) for one in report.findings if one.severity == "E" and one.verdict == "FAIL")
    due = Counter((one["rule"], one.get("where", "")) for one in label.get("expected_failed_rules", []))
    score.failed = [f"{rule} {where}" for rule, where in hard]
    score.faults += [f"hard rule fails unexpectedly: {rule} {where}" for rule, where in hard - due]
    score.faults += [f"hard rule should fail: {rule} {where}" for rule, where in due - hard]
    soft = [one for one in report.findings if one.severity == "W" and one.verdict == "FAIL"]
    for one in label.get("expected_soft_findings", []):
        if not any(finding.rule == one["rule"] and one.get("cell", finding.where) == finding.where for finding in soft):
            score.faults.append(f"soft finding missed: {one['rule']} {one.get('cell', '')}")


def identity(score: Score, report: Report, label: dict[str, Any], *, seed: bool) -> None:
    """Kind, year, regime, and for seeds title and body exactly."""
    if report.kind != label.get("kind", "report"):
        score.faults.append(f"kind {report.kind}")
    if "year" in label and report.year != label["year"]:
        score.faults.append(f"year {report.year} for {label['year']}")
    if label.get("regime") and report.regime != label["regime"]:
        score.faults.append(f"regime {report.regime} for {label['regime']}")
    if not seed:
        return
    if "title" in label and (report.title or None) != label["title"]:
        score.faults.append(f"title {report.title!r}")
    if "body" in label and (report.body.name if report.body else None) != label["body"]:
        score.faults.append(f"body {report.body}")
    if label.get("tables_status") and report.tables_status != label["tables_status"]:
        score.faults.append(f"tables_status {report.tables_status}")
    missing = [reason for reason in label.get("reasons", []) if reason not in report.reasons]
    if missing:
        score.faults.append(f"reasons without {missing}")


def flattened(extracted: Extracted, style: str) -> str:
    """A report as text whose tables lost their grid, as extractors leave them."""
    lines = [extracted.title]
    for block in extracted.blocks:
        if block.table is None:
            lines.append(block.text)
            continue
        table = extracted.tables[block.table]
        printed = [[cell.text for cell in row] for row in table.printed_rows()]
        if style == "tabs":  # a cell a line, cells that reach down again as empty ones (report_format.md §12)
            rows: list[list[str]] = [[] for _ in range(table.rows)]
            for cell in sorted(table.cells, key=lambda cell: cell.column):
                for row in range(cell.row, min(cell.row + cell.rowspan, table.rows)):
                    rows[row].append(cell.text if row == cell.row else "")
            lines += ["".join(f"\t{text}\n" for text in row) for row in rows]
        elif style == "pipes":
            lines += ["| " + " | ".join(row) + " |" for row in table.grid()]
        elif style == "tabbed rows":
            lines += ["\t".join(row) for row in printed]
        elif style == "one cell a line":
            lines += [text for row in printed for text in row if text]
        elif style == "spaces":
            lines += [" ".join(text for text in row if text) for row in printed]
        else:
            lines += ["".join(row) for row in printed]
    return "\n".join(lines)


STYLES = ("tabs", "pipes", "tabbed rows", "one cell a line", "spaces", "glued")


def run_flattened(folder: Path) -> list[Score]:
    """Scores of every labelled report with a grid, once a style over all of them."""
    scores = []
    for style in STYLES:
        score = Score(name=f"as text: {style}", may_refuse=True)
        for label_path in sorted((folder / "statistics").glob("*.json")):
            label = json.loads(label_path.read_text(encoding="utf-8"))
            extracted = load(folder / label["file"])
            if extracted.media_type == "text/plain" or not extracted.tables:
                continue
            one = Score(name=style)
            report = read_report([read_text(flattened(extracted, style))], Context())
            compare(one, report, label, whole=True)
            score.right += one.right
            score.inferred += one.inferred
            score.unread += one.unread
            score.wrong += [f"{label['file']} {line}" for line in one.wrong]
            score.invented += one.invented
        scores.append(score)
    return scores


def timed(path: Path) -> float:
    """Milliseconds of processor time from bytes to findings, the best of several after a warm-up."""
    best = float("inf")
    for _ in range(6):
        start = time.process_time()
        read_report([load(path)], Context())
        best = min(best, time.process_time() - start)
    return best * 1000


def seeds_of(folder: Path) -> Path | None:
    """The seeds beside or inside the folder."""
    return next(
        (path for path in (folder / "seeds", folder.parent / "seeds") if (path / "expected.json").is_file()), None
    )


def run(folder: Path, *, measure: bool = False) -> list[Score]:
    """Scores of every labelled file of the folder."""
    scores: list[Score] = []
    for label_path in sorted((folder / "statistics").glob("*.json")):
        label = json.loads(label_path.read_text(encoding="utf-8"))
        path = folder / label["file"]
        report = read_report([load(path)], Context())
        score = Score(name=label["file"], may_refuse=bool(label.get("may_refuse")))
        compare(score, report, label, whole=True)
        audit(score, report, label)
        identity(score, report, label, seed=False)
        score.milliseconds = timed(path) if measure else 0.0
        scores.append(score)
    for path in sorted((folder / "documents").glob("blank*")) if (folder / "documents").is_dir() else ():
        report = read_report([load(path)], Context())
        score = Score(name=f"documents/{path.name}")
        score.invented = [cell.key for cell in report.cells if cell.value is not None]
        score.faults = [f"{one.rule} fails" for one in report.findings if one.verdict == "FAIL"]
        scores.append(score)
    seeds = seeds_of(folder)
    if seeds:
        expected = json.loads((seeds / "expected.json").read_text(encoding="utf-8"))
        for name, label in expected.items():
            report = read_report([load(seeds / name)], Context())
            score = Score(name=f"seeds/{name}")
            compare(score, report, label, whole=False)
            audit(score, report, label)
            identity(score, report, label, seed=True)
            scores.append(score)
    return scores


def main(argv: list[str] | None = None) -> int:
    """Print the table; 1 when something is wrong."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path, help="a folder laid out like the corpus")
    parser.add_argument("--time", action="store_true", help="measure processor time from bytes to findings")
    parser.add_argument("--flatten", action="store_true", help="read the reports again as six kinds of plain text")
    parser.add_argument("--json", action="store_true", help="print the scores as JSON")
    options = parser.parse_args(argv)
    if not (options.folder / "statistics").is_dir():
        print(f"{options.folder}: no folder `statistics` with labels in it", file=sys.stderr)
        return 2
    scores = run(options.folder, measure=options.time)
    if options.flatten:
        scores += run_flattened(options.folder)
    if options.json:
        print(json.dumps([score.__dict__ | {"good": score.good} for score in scores], ensure_ascii=False, indent=1))
    else:
        show(scores, measured=options.time)
    return 0 if scores and all(score.good for score in scores) else 1


def show(scores: list[Score], *, measured: bool) -> None:
    """The table for people."""
    heads = f"{'right':>6} {'wrong':>6} {'invented':>9} {'unread':>7} {'inferred':>9} {'ms':>7}"
    print(f"{'file':<36} {heads}  failed hard rules")
    for score in scores:
        ms = f"{score.milliseconds:7.1f}" if score.milliseconds else f"{'':>7}"
        print(
            f"{score.name:<36} {score.right:>6} {len(score.wrong):>6} {len(score.invented):>9} {len(score.unread):>7} "
            f"{score.inferred:>9} {ms}  {', '.join(score.failed)}"
        )
        for line in (*score.wrong, *(f"invented {key}" for key in score.invented), *score.faults):
            print(f"    {line}")
        if score.unread:
            print(f"    unread: {', '.join(score.unread[:6])}{' …' if len(score.unread) > 6 else ''}")
    print(
        f"{'total':<36} {sum(s.right for s in scores):>6} {sum(len(s.wrong) for s in scores):>6} "
        f"{sum(len(s.invented) for s in scores):>9} {sum(len(s.unread) for s in scores):>7} "
        f"{sum(s.inferred for s in scores):>9}"
    )
    times = [score.milliseconds for score in scores if score.milliseconds and Path(score.name).suffix in PAGES]
    if measured and times:
        print(f"HTML report, bytes to findings: median {sorted(times)[len(times) // 2]:.1f} ms of processor time")


if __name__ == "__main__":
    sys.exit(main())
