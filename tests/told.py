"""The end of `make test-next`: which Datasette was tried, what passed and what failed. It informs, it never blocks.

    python -m tests.told RESULTS.xml

The results are those of `pytest --junitxml`. The exit code is 0 whatever they say.
"""

from __future__ import annotations

import sys
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path


def told(results: Path, datasette: str) -> list[str]:
    """The lines to print; the names of what failed come before the counts, which are the last line."""
    if not datasette.startswith("1."):
        return [
            f"test-next: nothing tried: the 1.0 alpha could not be installed, Datasette {datasette} is what is here"
        ]
    if not results.exists():
        return [f"test-next: Datasette {datasette}: the tests did not run to their end"]
    cases = list(ET.parse(results).getroot().iter("testcase"))
    failed = [case for case in cases if case.find("failure") is not None or case.find("error") is not None]
    skipped = sum(case.find("skipped") is not None for case in cases)
    lines = [f"failed: {case.get('classname')}::{case.get('name')}" for case in failed]
    passed = len(cases) - len(failed) - skipped
    counts = f"{passed} passed, {len(failed)} failed, {skipped} skipped"
    return [*lines, f"test-next: Datasette {datasette}: {counts} (this informs, it does not block)"]


if __name__ == "__main__":
    sys.stdout.write("\n".join(told(Path(sys.argv[1]), version("datasette"))) + "\n")
