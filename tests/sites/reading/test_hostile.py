"""Any bytes give a value or a SiteError, in bounded time."""

import random
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sites.errors import SiteError
from sites.reading.article import read_article
from sites.reading.decode import page_of
from sites.reading.listing import anchors
from sites.reading.walls import refuse_walls

from .pages import META, TEMPLATES, URL, document

PIECES = (
    b"<div>", b"</div>", b"<table>", b"</td>", b"<tr><td rowspan=65535 colspan=9999>", b"<!--", b"-->", b"<script>", b"<style>", b"</p>", b"\xff\xfe", b"\x00",
    b"&#x110000;", b"&amp;amp;", "索引号：".encode(), "当前位置：".encode(), "相关链接".encode(), b"<a href='javascript:open(", b"<base href='http://10.0.0.1/'>", b"<svg>",
    b"<template>", b"<frameset>", b"<img src='data:,", b"<select><option>", b'" style="display:none', "公开".encode("gbk"), b"<h1>", b"<br>" * 50, b"<meta name=ContentStart>",
    b"<iframe src=a.pdf>", b"<plaintext>", b"<title>", b"<body>", b"</html>",
)  # fmt: skip


def survive(body):
    for read in (refuse_walls, read_article, lambda page: anchors(page.text, page.url)):
        with suppress(SiteError):
            read(page_of(url=URL, body=body))


def mutate(body, seed):
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body) + 1)
        kind = chance.randrange(4)
        if kind == 0:
            body = body[:place] + chance.choice(PIECES) * chance.choice((1, 1, 1, 30)) + body[place:]
        elif kind == 1:
            body = body[:place] + body[place + chance.randrange(200) :]
        elif kind == 2:
            body = body[:place] + body[place : place + 300] + body[place:]
        else:
            body = body[:place] + bytes([chance.randrange(256)]) + body[place + 1 :]
    return body


@given(st.sampled_from(sorted(TEMPLATES)), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_mutated_pages_are_survived(name, seed):
    survive(mutate(document(TEMPLATES[name], meta=META).body, seed))


@given(st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_survived(body):
    survive(body)


@pytest.mark.parametrize(
    "body",
    [b"<div>" * 60_000, b"<b>" * 60_000, b"<table><tr><td>1" * 20_000, b"<p><span>" * 40_000, b"<!--" + b"x" * 1_000_000, b"&gt; " * 300_000, b"<a href=x>" * 30_000],
    ids=["divs", "bold", "tables", "spans", "comment", "arrows", "links"],
)  # fmt: skip
def test_bombs_end_in_a_value_or_an_error(body):
    survive(b"<html><body>" + body)


@pytest.mark.soak
def test_a_hundred_thousand_mutated_corpus_pages(shared):
    pages = [
        path.read_bytes()
        for folder in ("pages", "listings", "reports")
        for path in sorted((shared / "corpus" / folder).iterdir())
    ]
    for seed in range(100_000):
        survive(mutate(pages[seed % len(pages)], seed))
