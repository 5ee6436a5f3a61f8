"""What a command waits for before it begins."""

from __future__ import annotations

import re
import subprocess
import sys

#: Slow to load, and nothing that asks and reads a portal's pages needs it.
_FOREIGN = ("openpyxl", "apscheduler", "dask", "distributed", "datasette", "pypdfium2", "docx", "PIL")
_OWN = ("crawler.demo", "crawler.doctor", "crawler.curate", "archive.web", "archive.store.export", "sites.formats.pdf")

_SCRIPT = """
import sys
from crawler.cli import main
try:
    main()
except SystemExit as end:
    print(end.code)
print(*sys.modules)
"""


def loaded_by(*words: str) -> tuple[str, set[str]]:
    """The exit code of a command in a process of its own, and every module it had loaded at its end."""
    done = subprocess.run([sys.executable, "-c", _SCRIPT, *words], capture_output=True, text=True, check=True)
    code, modules = done.stdout.splitlines()[-2:]
    return code, set(modules.split())


def test_a_crawl_waits_for_no_spreadsheet_scheduler_cluster_demo_or_document_reader() -> None:
    code, modules = loaded_by("crawl", "nowhere")
    assert code == "2"  # no such portal: everything that a crawl needs is there
    assert "crawler.run" in modules
    assert not [name for name in (*_FOREIGN, *_OWN) if name in modules]


def test_a_word_that_is_no_command_is_told_before_anything_is_loaded() -> None:
    code, modules = loaded_by("crwl")
    assert code == "2"
    assert not {"crawler.run", "archive.store.archive", *_FOREIGN} & modules


def test_the_version_names_release_reader_schema_and_code() -> None:
    done = subprocess.run([sys.executable, "-c", _SCRIPT, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[1] == "0"
    assert re.match(r"gongkai \S+ \(reader \S+, schema m\d+_\w+, code [0-9a-f]{12}\)\n", done.stdout)
