"""Every golden holds, for every family. `pytest --write-goldens` writes what is missing or differs, and fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sites.goldens import Golden, check_family, golden_of, outcome_of
from sites.registry import load_families

ROOT = Path(__file__).parent / "goldens"
CASES = sorted(path.parent for path in ROOT.glob("*/*/body.bin"))
FAMILIES = load_families()


def load(folder: Path) -> Golden:
    expected = next((file for name in ("expected", "error") if (file := folder / f"{name}.json").exists()), None)
    return golden_of(
        folder.name,
        body=(folder / "body.bin").read_bytes(),
        capture=json.loads((folder / "capture.json").read_text(encoding="utf-8")),
        expected=json.loads(expected.read_text(encoding="utf-8")) if expected else None,
    )


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_a_golden_holds(folder: Path, request: pytest.FixtureRequest) -> None:
    golden = load(folder)
    outcome = outcome_of(FAMILIES[golden.section.family], golden)
    assert "\ufffd" not in json.dumps(outcome, ensure_ascii=False)
    if request.config.getoption("--write-goldens") and golden.expected != outcome:
        for name in ("expected", "error"):
            (folder / f"{name}.json").unlink(missing_ok=True)
        file = folder / ("error.json" if "error" in outcome else "expected.json")
        file.write_text(json.dumps(outcome, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail(f"{file} was written: read it, then run the tests again")
    assert golden.expected == outcome


@pytest.mark.parametrize("family", sorted(FAMILIES))
def test_a_family_conforms(family: str) -> None:
    goldens = [load(folder) for folder in CASES if folder.parent.name == family]
    assert check_family(FAMILIES[family], goldens) == []
