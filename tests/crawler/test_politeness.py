from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.politeness import (
    Manners,
    Pace,
    Robots,
    after_answer,
    after_failure,
    after_wish,
    is_loopback_host,
    is_public_address,
    parse_retry_after,
    parse_robots,
    politeness_key,
    starting_pace,
)

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
MANNERS = Manners(delay_seconds=2, jitter=0.5, max_delay_seconds=60, back_off_seconds=5, patience_seconds=120)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("http://www.shangyu.gov.cn/col/1", "shangyu.gov.cn"),
        ("https://shangyu.gov.cn", "shangyu.gov.cn"),
        ("https://zwgk.SHANGYU.gov.cn.:8443/x", "shangyu.gov.cn"),
        ("http://www.gov.cn/", "www.gov.cn"),
        ("http://a.b.example.org/", "example.org"),
        ("http://www.x.zj.cn/", "x.zj.cn"),
        ("http://127.0.0.1:8001/", "127.0.0.1:8001"),
        ("http://127.0.0.1/", "127.0.0.1:80"),
        ("https://[::1]/", "::1:443"),
        ("http://localhost:81/", "localhost:81"),
        ("http://114.114.114.114:82/", "114.114.114.114"),
        ("www.x.gov.cn", "x.gov.cn"),
    ],
)
def test_one_pace_for_a_registrable_host(url: str, key: str):
    assert politeness_key(url) == key


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1", "::1", "fe80::1%eth0",
     "fc00::1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "224.0.0.1", "255.255.255.255", "localhost", ""],
)  # fmt: skip
def test_local_addresses_in_every_disguise_are_not_public(address: str):
    assert not is_public_address(address)


@pytest.mark.parametrize("address", ["114.114.114.114", "2400:3200::1", "::ffff:114.114.114.114"])
def test_public_addresses_are_public(address: str):
    assert is_public_address(address)


def test_loopback_hosts():
    assert is_loopback_host("localhost")
    assert is_loopback_host("127.8.8.8")
    assert not is_loopback_host("localhost.gov.cn")


# --- robots


def test_robots_rules_count_for_us_and_for_everybody():
    robots = parse_robots(200, "text/plain", b"User-agent: *\nDisallow: /private/\nCrawl-delay: 7\n")
    assert robots.state == "rules"
    assert robots.allows("http://x.gov.cn/art/1.html", "gongkai")
    assert not robots.allows("http://x.gov.cn/private/1.html", "gongkai")
    assert robots.crawl_delay("gongkai") == 7


def test_our_own_group_wins_over_the_general_one():
    robots = parse_robots(200, "text/plain", b"User-agent: gongkai\nDisallow: /\n\nUser-agent: *\nDisallow:\n")
    assert not robots.allows("http://x.gov.cn/", "gongkai")
    assert robots.allows("http://x.gov.cn/", "other")


def test_a_request_rate_is_a_delay():
    robots = parse_robots(200, "text/plain", b"User-agent: *\nRequest-rate: 1/10\nCrawl-delay: 3\n")
    assert robots.crawl_delay("gongkai") == 10


@pytest.mark.parametrize(
    ("status", "media_type", "body", "state"),
    [
        (404, "text/plain", b"User-agent: *\nDisallow: /\n", "none"),
        (403, "text/html", b"no", "none"),
        (302, "", b"", "none"),
        (500, "text/plain", b"User-agent: *\nDisallow: /\n", "pause"),
        (503, "", b"", "pause"),
        (521, "text/html", b"<script>document.cookie</script>", "pause"),
        (200, "text/html", "<html><title>您访问的页面不存在</title>User-agent: *\nDisallow: /".encode(), "none"),
        (200, "text/plain", b"\xef\xbb\xbf<!DOCTYPE html>User-agent: *", "none"),
        (200, "text/html", b"User-agent: *\nDisallow: /x\n", "rules"),
        (200, "application/octet-stream", b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n", "rules"),
        (200, "text/plain", b"", "none"),
        (200, "text/plain", b"# nothing to say\n", "none"),
    ],
)
def test_what_stands_for_a_robots_file(status: int, media_type: str, body: bytes, state: str):
    assert parse_robots(status, media_type, body).state == state


def test_no_robots_allow_everything_and_a_pause_nothing():
    assert Robots().allows("http://x/", "gongkai")
    assert Robots().crawl_delay("gongkai") is None
    assert not Robots(state="pause").allows("http://x/", "gongkai")


@given(st.integers(100, 599), st.text(max_size=20), st.binary(max_size=400))
@settings(max_examples=50, deadline=None)
def test_any_bytes_are_an_answer_about_robots(status: int, media_type: str, body: bytes):
    robots = parse_robots(status, media_type, body)
    assert robots.allows("http://x.gov.cn/a", "gongkai") in {True, False}


# --- Retry-After


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Sun, 22 Nov 2026 03:02:00 GMT", 120.0),
        ("Sun, 22 Nov 2026 11:02:00 +0800", 120.0),
        ("Sun, 22 Nov 2026 03:02:00", 120.0),
        ("Sun, 22 Nov 2020 03:02:00 GMT", 0.0),
        ("Sun, 22 Nov 9999 03:02:00 GMT", 7 * 86400.0),
        ("99999999999999999999", 7 * 86400.0),
        ("-5", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
        ("²", None),
    ],
)
def test_retry_after_in_both_forms(value: str, seconds: float | None):
    assert parse_retry_after(value, NOW) == seconds


@given(st.text(max_size=40))
@settings(max_examples=50, deadline=None)
def test_retry_after_is_a_bounded_number_or_none(value: str):
    seconds = parse_retry_after(value, NOW)
    assert seconds is None or 0 <= seconds <= timedelta(days=7).total_seconds()


# --- pace


def answered(pace: Pace, now: float, status: int = 200, elapsed: float = 0.1, **more) -> Pace:
    return after_answer(
        pace, MANNERS, now=now, status=status, elapsed=elapsed, size=1000, base_delay=MANNERS.delay_seconds, **more
    )


def test_the_delay_counts_from_the_end_of_the_last_answer():
    pace = starting_pace(MANNERS)
    assert pace.next_allowed_at(MANNERS) < 0
    pace = answered(pace, 100.0)
    assert pace.next_allowed_at(MANNERS) == 102.0
    assert pace.next_allowed_at(MANNERS, chance=1.0) == 103.0


def test_robots_may_slow_but_not_quicken():
    assert starting_pace(MANNERS, 10).delay == 10
    assert starting_pace(MANNERS, 0.5).delay == 2
    assert starting_pace(MANNERS, 86400).delay == 60


def test_busy_answers_slow_the_host_down_and_good_ones_win_it_back():
    pace = answered(starting_pace(MANNERS), 0, status=429)
    assert (pace.delay, pace.strikes, pace.next_allowed_at(MANNERS)) == (4, 1, 5)
    pace = answered(pace, 10, status=503)
    assert (pace.delay, pace.next_allowed_at(MANNERS)) == (8, 20)
    pace = answered(pace, 20, status=200)
    assert pace.strikes == 0
    assert 7 < pace.delay < 8
    for moment in range(30, 80):
        pace = answered(pace, moment)
    assert pace.delay == 2


def test_a_retry_after_counts_instead_of_the_back_off():
    assert answered(starting_pace(MANNERS), 0, status=503, retry_after=30.0).next_allowed_at(MANNERS) == 30


def test_a_longer_wait_than_our_patience_ends_the_night_for_the_host():
    pace = answered(starting_pace(MANNERS), 0, status=429, retry_after=3600.0)
    assert pace.closed_because(MANNERS, 0)[0] == "wait"
    assert pace.closed_because(MANNERS, 3500) is None


def test_slow_answers_make_the_delay_as_long_as_the_answer_took():
    assert answered(starting_pace(MANNERS), 0, elapsed=20.0).delay == 20
    assert answered(starting_pace(MANNERS), 0, elapsed=900.0).delay == 60


def test_five_failures_in_a_row_open_the_circuit_and_one_success_starts_the_count_again():
    pace = starting_pace(MANNERS)
    for _ in range(4):
        pace = after_wish(pace, failed=True)
    assert after_wish(pace, failed=False).failures == 0
    assert pace.closed_because(MANNERS, 0) is None
    assert after_wish(pace, failed=True).closed_because(MANNERS, 0)[0] == "circuit"


def test_the_budget_of_a_night():
    few = Manners(requests=2)
    assert Pace(delay=1, requests=1).closed_because(few, 0) is None
    assert Pace(delay=1, requests=2).closed_because(few, 0)[0] == "budget"
    assert Pace(delay=1, bytes=10).closed_because(Manners(bytes=10), 0)[0] == "budget"


@given(st.lists(st.tuples(st.sampled_from([200, 304, 404, 429, 500, 503, 0]), st.floats(0, 100)), max_size=80))
@settings(max_examples=50, deadline=None)
def test_no_history_makes_the_pace_faster_than_the_configured_delay(history):
    pace, now = starting_pace(MANNERS), 0.0
    for status, elapsed in history:
        now = max(now, pace.next_allowed_at(MANNERS)) + elapsed
        pace = answered(pace, now, status, elapsed) if status else after_failure(pace, MANNERS, now=now)
        assert pace.next_allowed_at(MANNERS) >= now + MANNERS.delay_seconds
        assert MANNERS.delay_seconds <= pace.delay <= MANNERS.max_delay_seconds
        assert pace.next_allowed_at(MANNERS) - now <= MANNERS.patience_seconds + 1e-6  # floats
