"""A folder of labelled pages (layout of the corpus beside the checkout) as values the benchmarks read."""

from __future__ import annotations

import csv
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_NOTHING = re.compile("[\\s|\u00ad\u200b-\u200f\u2028-\u202f\u2060\ufeff]+")


@dataclass(frozen=True)
class Sample:
    """One labelled file: its name, its bytes, its address as far as it is known, its label."""

    name: str
    body: bytes
    url: str
    label: dict[str, Any]

    @property
    def is_json(self) -> bool:
        """Whether the file is an answer of a data interface."""
        return self.body.lstrip()[:1] in {b"{", b"["}


def load(folder: Path) -> tuple[list[Sample], list[Sample]]:
    """The labelled pages and the labelled listings of a corpus."""
    addresses = _addresses(folder / "SOURCES.tsv")
    pages, listings = [], []
    for path in sorted((folder / "labels").glob("*.json")):
        label = json.loads(path.read_text(encoding="utf-8"))
        kind = "listings" if "expected_links" in label else "pages"
        file = _file(folder, label, kind, path.stem)
        if file is None:
            continue
        relative = file.relative_to(folder).as_posix()
        url = label.get("url") or label.get("base_url") or addresses.get(relative) or "https://www.example.gov.cn/"
        sample = Sample(name=path.stem, body=file.read_bytes(), url=url, label=label)
        (listings if kind == "listings" else pages).append(sample)
    return pages, listings


def squeeze(text: str | None) -> str:
    """Text as labels are compared: NFKC, no white space at all."""
    return _NOTHING.sub("", unicodedata.normalize("NFKC", text or ""))


def day(text: str | None) -> str:
    """The first date of a text as YYYY-MM-DD, '' without one."""
    found = re.search(r"(\d{4})\s*[-/年.]\s*(\d{1,2})\s*[-/月.]\s*(\d{1,2})", text or "")
    return f"{found[1]}-{int(found[2]):02d}-{int(found[3]):02d}" if found else ""


def _file(folder: Path, label: dict[str, Any], kind: str, stem: str) -> Path | None:
    candidates = [folder / label["file"]] if label.get("file") else []
    candidates += sorted((folder / kind).glob(f"{stem}.*")) + sorted((folder / "reports").glob(f"{stem}.*"))
    return next((path for path in candidates if path.is_file()), None)


def _addresses(table: Path) -> dict[str, str]:
    if not table.is_file():
        return {}
    found = {}
    with table.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
            address = (row.get("url") or "").split(" ")[0]
            if address:
                found[row["file"]] = address if "://" in address else f"https://{address}/"
    return found
