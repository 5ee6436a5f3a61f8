"""Goldens of an operator's portals on disk: written by `sites add`, accepted by `sites review`.

They lie beside the portal files: `<folder>/goldens/<portal>/<case>/{body.bin,capture.json,expected.json}`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sites.goldens import Golden, capture_of, golden_of, outcome_of
from sites.model import Family, Page, Section

FOLDER = "goldens"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A golden and the folder it lies in."""

    folder: Path
    golden: Golden


def write_case(root: Path, section: Section, page: Page, *, reads: str, family: Family) -> Path:
    """Keep a page and what reading it gives today, unreviewed: it fails until a person has accepted it."""
    folder = root / FOLDER / section.site_id / f"{section.key}-{reads}"
    folder.mkdir(parents=True, exist_ok=True)
    capture = capture_of(section, page, "listing" if reads == "listing" else "article")
    (folder / "body.bin").write_bytes(page.body)
    _write(folder / "capture.json", capture)
    golden = golden_of(folder.name, body=page.body, capture=capture)
    _write_outcome(folder, outcome_of(family, golden), reviewed=False)
    return folder


def load_cases(roots: Sequence[Path], site_id: str) -> Iterator[Case]:
    """The goldens of a portal in the operator's folders, in order of their names."""
    for root in roots:
        for body in sorted((root / FOLDER / site_id).glob("*/body.bin")):
            folder = body.parent
            written = next((f for f in (folder / "expected.json", folder / "error.json") if f.exists()), None)
            yield Case(
                folder=folder,
                golden=golden_of(
                    folder.name,
                    body=body.read_bytes(),
                    capture=json.loads((folder / "capture.json").read_text(encoding="utf-8")),
                    expected=json.loads(written.read_text(encoding="utf-8")) if written else None,
                ),
            )


def outcome(case: Case, families: Mapping[str, Family]) -> dict[str, object]:
    """What reading the case gives today."""
    return outcome_of(families[case.golden.section.family], case.golden)


def accept(case: Case, families: Mapping[str, Family]) -> None:
    """Write today's outcome as the one a person accepted."""
    _write_outcome(case.folder, outcome(case, families), reviewed=True)


def _write_outcome(folder: Path, found: dict[str, object], *, reviewed: bool) -> None:
    for name in ("expected.json", "error.json"):
        (folder / name).unlink(missing_ok=True)
    _write(folder / ("error.json" if "error" in found else "expected.json"), {"reviewed": reviewed, **found})


def _write(path: Path, value: Mapping[str, object]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
