"""Any bytes give a value or a SiteError, in bounded time and memory."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hostile import HANG, Seed, run_cases, survive

ROOT = Path(__file__).resolve().parents[3]
#: Megabytes that reading a page of five may cost beyond its own.
MOST_MB = 50.0
#: Shapes of every sort: what is refused, what is read, and the dearest found.
SAMPLE = ("one text", "cells", "data picture", "most paragraphs")


def python(*arguments: str) -> str:
    """What `python -m tests.hostile` prints; it must end well."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.hostile", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def weighed(shapes: Sequence[str], readers: Sequence[str]) -> list[dict[str, object]]:
    """What each shape costs in each reader; none may cost too much or too long."""
    costs = [json.loads(line) for line in python("weigh", json.dumps(shapes), json.dumps(readers)).splitlines()]
    dear = [
        cost
        for cost in costs
        if cost["ended"] == "died" or max(cost["peak_mb"], cost["traced_mb"]) > MOST_MB or cost["seconds"] > HANG
    ]
    assert not dear
    return costs


def test_mutated_pages_are_survived():
    assert run_cases(None, 0, 120)["value"] > 200


@given(st.binary(max_size=400), st.integers(0, 200))
@settings(max_examples=30, deadline=None)
def test_any_bytes_are_survived(body, turn):
    survive(Seed(name="bytes", body=b""), body, turn)


@pytest.mark.parametrize(
    "body",
    [b"<div>" * 60_000, b"<b>" * 60_000, b"<table><tr><td>1" * 20_000, b"<p><span>" * 40_000, b"<!--" + b"x" * 1_000_000, b"&gt; " * 300_000, b"<a href=x>" * 30_000],
    ids=["divs", "bold", "tables", "spans", "comment", "arrows", "links"],
)  # fmt: skip
def test_bombs_end_in_a_value_or_an_error(body):
    survive(Seed(name="bomb", body=b""), b"<html><body>" + body, 0)


def test_a_page_of_five_megabytes_costs_at_most_fifty_more():
    assert len(weighed(SAMPLE, ["article"])) == len(SAMPLE)
    assert len(weighed(["JSON"], ["search_list listing"])) == 1


@pytest.mark.soak
def test_every_shape_of_five_megabytes_in_every_reader():
    costs = weighed([], [])
    dearest = max(costs, key=lambda cost: max(cost["peak_mb"], cost["traced_mb"]))
    refused = sum(cost["ended"].startswith("Unreadable") for cost in costs)
    print(f"\n{len(costs)} readings of 5 MB, {refused} refused; the dearest: {dearest}")


@pytest.mark.soak
def test_a_hundred_thousand_mutated_corpus_pages(shared):
    total, chunk = 100_000, 1_000

    def run(first: int) -> Counter[str]:
        return Counter(json.loads(python("mutate", str(shared / "corpus"), str(first), str(first + chunk))))

    ended: Counter[str] = Counter()
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for number, counts in enumerate(pool.map(run, range(0, total, chunk)), 1):
            ended += counts
            if number % 10 == 0:
                print(f"\n{number * chunk} pages: {dict(ended)}", flush=True)
