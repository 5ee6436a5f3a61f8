"""What `make test-next` says at its end."""

from pathlib import Path

import pytest

from tests.told import told

_RESULTS = """<testsuites><testsuite>
<testcase classname="tests.archive.web.test_a" name="test_one"/>
<testcase classname="tests.archive.web.test_a" name="test_two"><failure message="no"/></testcase>
<testcase classname="tests.archive.web.test_a" name="test_three"><skipped/></testcase>
<testcase classname="tests.e2e.test_b" name="test_four"><error/></testcase>
</testsuite></testsuites>"""


def test_what_failed_is_named_and_everything_is_counted(tmp_path: Path) -> None:
    results = tmp_path / "results.xml"
    results.write_text(_RESULTS, encoding="utf-8")
    assert told(results, "1.0a41") == [
        "failed: tests.archive.web.test_a::test_two",
        "failed: tests.e2e.test_b::test_four",
        "test-next: Datasette 1.0a41: 1 passed, 2 failed, 1 skipped (this informs, it does not block)",
    ]


@pytest.mark.parametrize(("datasette", "words"), [("0.65.2", "nothing tried"), ("1.0a41", "did not run")])
def test_what_was_not_tried_is_not_called_passed(tmp_path: Path, datasette: str, words: str) -> None:
    (line,) = told(tmp_path / "none.xml", datasette)
    assert words in line
