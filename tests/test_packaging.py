"""The wheel built from the tree carries its data: without package-data it would ship no portals in silence."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names in a wheel built offline from the files git would clone."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout.split(b"\0")
    for raw in filter(None, names):
        path = ROOT / raw.decode()
        if path.is_file():
            target = source / raw.decode()
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", str(folder), "."],
        cwd=source,
        check=True,
        capture_output=True,
    )
    (built,) = folder.glob("gongkai-*.whl")
    with zipfile.ZipFile(built) as archive:
        return set(archive.namelist())


def test_every_data_file_of_the_packages_is_in_the_wheel(wheel: set[str]) -> None:
    expected = {
        str(path.relative_to(ROOT))
        for wing in ("crawler", "sites", "archive")
        for path in (ROOT / wing).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".pyc"
    }
    assert expected <= wheel
    assert any(name.startswith("sites/portals/") and name.endswith(".toml") for name in wheel)
    assert any(name.startswith("archive/web/templates/") for name in wheel)
    assert any(name.startswith("archive/web/static/") for name in wheel)


def test_the_wheel_carries_nothing_else(wheel: set[str]) -> None:
    assert {name.split("/")[0].split("-")[0] for name in wheel} == {"crawler", "sites", "archive", "gongkai"}
