"""The house rules as claims: directions are import-linter's, purity is read off the source here."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

#: Pure by contract: bytes in, values out.
PURE = [
    *sorted((ROOT / "sites").rglob("*.py")),
    *sorted((ROOT / "archive" / "reports").rglob("*.py")),
    ROOT / "crawler" / "plan.py",
    ROOT / "crawler" / "politeness.py",
]

#: The two doors: the registry reads packaged TOML, the OCR reader loads its model.
DOORS = {ROOT / "sites" / "registry.py", ROOT / "sites" / "formats" / "image.py"}

FORBIDDEN_IMPORTS = {
    "socket", "ssl", "httpx", "urllib.request", "http.client", "sqlite3", "sqlite_utils", "datasette", "random",
    "secrets", "subprocess", "time", "asyncio", "threading", "multiprocessing", "tempfile", "shutil", "os",
    "apscheduler", "warcio", "fastwarc", "logging",
}  # fmt: skip
FORBIDDEN_CALLS = {"open", "print", "input", "exec", "eval", "breakpoint"}
FORBIDDEN_METHODS = {
    "now", "utcnow", "today", "read_text", "read_bytes", "write_text", "write_bytes", "mkdir", "unlink", "urandom",
}  # fmt: skip


def impurities(source: str) -> list[str]:
    """What a pure module may not do, with the line it does it on."""
    found = []
    for node in ast.walk(ast.parse(source)):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
        found += [
            f"line {node.lineno}: imports {name}"
            for name in names
            if name in FORBIDDEN_IMPORTS or name.split(".")[0] in FORBIDDEN_IMPORTS
        ]
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS:
                found.append(f"line {node.lineno}: calls {node.func.id}()")
            elif isinstance(node.func, ast.Attribute) and node.func.attr in FORBIDDEN_METHODS:
                found.append(f"line {node.lineno}: calls .{node.func.attr}()")
    return found


@pytest.mark.parametrize("path", PURE, ids=lambda path: str(path.relative_to(ROOT)))
def test_pure_parts_are_pure(path: Path) -> None:
    if path in DOORS:
        pytest.xfail("a named door") if impurities(path.read_text(encoding="utf-8")) else None
        return
    assert impurities(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "source",
    [
        "import socket",
        "from time import time",
        "import urllib.request",
        "open('x')",
        "from datetime import date\ndate.today()",
        "from pathlib import Path\nPath('x').read_text()",
    ],
)
def test_the_purity_check_sees_what_it_forbids(source: str) -> None:
    assert impurities(source)


def test_the_top_level_holds_only_what_the_plan_names() -> None:
    allowed = {
        "pyproject.toml", "config.toml", "crawler", "sites", "archive", "tests", "README.md", "README.zh-CN.md",
        "LICENSE", "CHANGELOG.md", "Makefile", "constraints.txt", "docs", "benchmarks",
    }  # fmt: skip
    made_by_tools = {"data", "build", "dist", "htmlcov"}
    present = {
        path.name
        for path in ROOT.iterdir()
        if not path.name.startswith(".") and path.suffix != ".egg-info" and path.name not in made_by_tools
    }
    assert present <= allowed


def test_no_module_is_a_heap() -> None:
    """A file past 500 lines is two rooms."""
    long = {
        str(path.relative_to(ROOT)): lines
        for wing in ("crawler", "sites", "archive")
        for path in (ROOT / wing).rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 500
    }
    assert long == {}
