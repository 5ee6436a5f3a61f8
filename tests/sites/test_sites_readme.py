"""`sites/README.md` is true: its examples parse, its table is the code's, its keys are the loader's."""

from __future__ import annotations

import re
from pathlib import Path

from sites import portalfile, registry

TEXT = (Path(__file__).parents[2] / "sites" / "README.md").read_text(encoding="utf-8")
FAMILIES = registry.load_families()


def family_table() -> str:
    rows = [
        f"| `{family.id}` | {family.title} | {family.evidence} | {' '.join(f'`{name}`' for name in sorted(family.options))} |"
        for family in FAMILIES.values()
    ]
    return "\n".join(["| family | CMS | built from | options |", "|---|---|---|---|", *rows])


def test_every_example_is_a_portal() -> None:
    examples = re.findall(r"```toml\n(.*?)```", TEXT, re.S)
    assert len(examples) >= 3
    for number, example in enumerate(examples):
        site = registry.parse_site(example, file=f"README.md example {number}", families=FAMILIES)
        assert site.sections


def test_the_table_of_families_is_the_codes() -> None:
    assert family_table() in TEXT, f"put this into sites/README.md:\n{family_table()}"


def test_the_keys_are_the_loaders() -> None:
    for keys in (portalfile.SITE_KEYS, portalfile.SECTION_KEYS, portalfile.RULE_KEYS):
        listed = " ".join(name for name in keys if name != "section")
        assert listed in " ".join(TEXT.split())


def test_goldens_of_every_family_stand_where_it_says() -> None:
    root = Path(__file__).parents[1] / "goldens"
    assert {path.name for path in root.iterdir() if path.is_dir()} >= set(FAMILIES)
