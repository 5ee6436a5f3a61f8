"""What `make bench` is asked reaches the benchmarks as plain numbers: each runs in a process of its own."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

from benchmarks.ledger import Size
from benchmarks.run import parse


@pytest.mark.parametrize(
    ("arguments", "numbers"),
    [((), (1000, 2000, 3)), (("--quick",), (150, 300, 1)), (("-n", "7", "--long", "9", "--rounds", "2"), (7, 9, 2))],
)
def test_sizes_can_be_sent_to_another_process(arguments: tuple[str, ...], numbers: tuple[int, int, int]) -> None:
    size: Size = parse(arguments).wanted
    assert (size.pages, size.long, size.rounds) == numbers
    assert json.loads(json.dumps(asdict(size), default=str))["pages"] == numbers[0]
