from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.config import RevisitConfig
from crawler.plan import (
    even_share,
    next_turn,
    plan_due,
    plan_lost_files,
    plan_overdue,
    plan_pages,
    plan_rechecks,
    turns_of,
)
from sites.model import PageRef, Section
from sites.reading.urls import canonical

NOW = datetime(2026, 11, 22, 17, 0, tzinfo=UTC)
HOST = "http://www.shire.example.gov.cn"
SECTION = Section(
    site_id="shire", key="nb", name="年报", url=f"{HOST}/nb/", family="static", hosts=("www.shire.example.gov.cn",)
)
POLICY, ALWAYS = RevisitConfig(), RevisitConfig(mode="always")


@dataclass(frozen=True)
class Known:
    url: str
    state: str = "present"
    parent_url: str = ""
    title: str = ""
    published_at: str = ""
    last_fetched_at: datetime = NOW
    absent_nights: int = 0
    asked_url: str = ""
    listed_title: str = ""
    listed_on: date | None = None
    lost: bool = False


def ref(name: str, title: str = "", listed_on: date | None = None) -> PageRef:
    return PageRef(url=f"{HOST}/{name}", title=title, listed_on=listed_on)


def known(name: str, days: int = 0, **more) -> Known:
    return Known(url=canonical(f"{HOST}/{name}"), last_fetched_at=NOW - timedelta(days=days), **more)


def turns(pages, now=NOW, revisit=POLICY, section="shire/nb"):
    return turns_of(section, pages, now=now, revisit=revisit)


def plan(pages, refs, revisit=POLICY, **more):
    return plan_pages(
        pages, refs, section=SECTION, now=NOW, revisit=revisit, turns=turns(pages, revisit=revisit), **more
    )


def names(planned) -> list[tuple[str, str]]:
    return [(item.ref.url.rpartition("/")[2], item.reason) for item in planned]


def test_new_pages_are_fetched_at_once_and_carry_their_context():
    (only,) = plan([], [PageRef(url=f"{HOST}/a", title="", context=(("k", "v"),))])
    assert (only.reason, only.request.context, only.request.url) == ("new", (("k", "v"),), f"{HOST}/a")


def test_no_page_is_planned_twice_under_two_spellings():
    spellings = [
        f"{HOST}/a/index.html",
        f"{HOST.replace('http', 'https')}/a/",
        "http://shire.example.gov.cn/a/?_=0.123",
    ]
    refs = [PageRef(url=url, title="") for url in spellings]
    assert [item.ref.url for item in plan([], refs)] == spellings[:1]


def test_what_lies_outside_the_section_s_hosts_is_not_ours():
    assert plan([], [PageRef(url="http://mp.weixin.example/s/1", title="")]) == ()


def test_a_page_of_the_current_report_year_comes_round_within_a_week():
    refs = [ref("a", "盖北镇2025年政府信息公开工作年度报告")]
    assert plan([known("a", 0)], refs) == ()
    assert names(plan([known("a", 7)], refs)) == [("a", "current")]
    asked = [plan([known("a", days)], refs) != () for days in range(8)]
    assert asked == sorted(asked)


def test_the_year_may_be_printed_in_any_digits_or_stand_in_the_title_read():
    for title in ("２０２５年年报", "二〇二五年度政府信息公开工作年度报告"):
        assert names(plan([known("a", 7)], [ref("a", title)])) == [("a", "current")]
    assert names(plan([known("a", 7, title="2025年年报")], [ref("a", "年报")])) == [("a", "current")]


def test_an_older_page_waits_for_the_slow_rotation():
    refs = [ref("a", "盖北镇2019年政府信息公开工作年度报告", date(2026, 1, 5))]
    assert plan([known("a", 0)], refs) == ()
    assert names(plan([known("a", 180)], refs)) == [("a", "rotation")]
    many = [known(f"p{n}", 7) for n in range(100)]
    assert len(plan(many, [ref(f"p{n}", "2019年年报") for n in range(100)])) < 15


def test_a_title_without_a_year_goes_by_its_date():
    assert names(plan([known("a", 7)], [ref("a", "年报", date(2026, 1, 20))])) == [("a", "current")]
    assert names(plan([known("a", 180)], [ref("a", "年报", date(2020, 1, 20))])) == [("a", "rotation")]
    assert names(plan([known("a", 7, published_at="2026-01-20")], [ref("a", "年报")])) == [("a", "current")]


def test_always_asks_for_every_listed_page_every_night():
    assert names(plan([known("a")], [ref("a")], ALWAYS)) == [("a", "every night")]


def test_a_page_that_was_away_is_looked_at_when_it_is_listed_again():
    pages = [known("a", state="gone"), known("b", state="missing"), known("c", absent_nights=1)]
    assert {reason for _, reason in names(plan(pages, [ref("a"), ref("b"), ref("c")]))} == {"listed again"}


def test_new_goes_before_due_and_the_longest_unseen_first():
    pages = [known("old", 300), known("older", 400), known("now", 8)]
    refs = [ref("old", "2018年"), ref("now", "2025年"), ref("older", "2018年"), ref("new")]
    assert [name for name, _ in names(plan(pages, refs))] == ["new", "now", "older", "old"]
    assert [name for name, _ in names(plan(pages, refs, budget=2))] == ["new", "now"]


def test_pages_missing_from_a_complete_listing_are_rechecked():
    pages = [
        known("listed"),
        known("lost"),
        known("candidate", absent_nights=2, state="missing"),
        known("gone", state="gone"),
        known("file.pdf", parent_url=f"{HOST}/lost"),
    ]
    listed = {canonical(f"{HOST}/listed")}
    assert plan_rechecks(pages, listed) == (canonical(f"{HOST}/candidate"), canonical(f"{HOST}/lost"))


def test_a_recheck_asks_the_address_that_answered_not_the_canonical_one():
    asked = "https://www.shire.example.gov.cn/lost/index.html"
    pages = [known("lost/index.html", 400, asked_url=asked)]
    assert plan_rechecks(pages, set()) == (asked,)
    assert plan_overdue(pages, set(), now=NOW, revisit=POLICY) == (asked,)


def test_a_page_that_answers_without_being_listed_is_not_asked_every_night():
    pages = [known("quiet", 0, state="missing"), known("due", 200, state="missing")]
    assert plan_rechecks(pages, set(), turns=turns(pages)) == (canonical(f"{HOST}/due"),)


def test_everything_is_seen_once_a_year():
    pages = [known("a", 364), known("b", 366), known("c", 400, state="gone"), known("d", 400)]
    assert plan_overdue(pages, {f"{HOST}/d"}, now=NOW, revisit=POLICY) == (canonical(f"{HOST}/b"),)


@given(
    st.integers(0, 60),
    st.integers(1, 40),
    st.integers(1, 10),
    st.integers(0, 10**6),
    st.integers(700_000, 800_000),
)
@settings(max_examples=50, deadline=None)
def test_shares_are_even_and_everything_comes_within_its_days(count, days, rest, phase, first):
    shares = [even_share(count, days, first + night, rest=rest, phase=phase) for night in range(3 * days)]
    assert all(sum(shares[night : night + days]) >= count for night in range(2 * days))
    nights = days - -(-days // rest) if rest > 1 else days
    assert max(shares) <= -(-count // max(1, nights))
    if rest > 1 and nights >= 1:
        own = [night for night in range(3 * days) if (first + night + phase) % rest == 0]
        assert all(shares[night] == 0 for night in own)


SPRING = datetime(2026, 3, 1, 17, 0, tzinfo=UTC)  # the report year stays the same for three hundred nights


def nights_of(pages: dict[str, Known], revisit: RevisitConfig, nights: int, missed=()):
    """How many pages of a section come round in each night, asked on their turn; how old each was then."""
    taken, ages = [], []
    for night in range(1, nights + 1):
        now = SPRING + timedelta(days=night)
        if night in missed:
            continue
        due = turns_of("shire/nb", list(pages.values()), now=now, revisit=revisit)
        ages += [(now - pages[url].last_fetched_at).days for url in due]
        for url in due:
            pages[url] = replace(pages[url], last_fetched_at=now)
        taken.append(len(due))
    return taken, ages


@given(st.integers(1, 80), st.integers(0, 80), st.integers(1, 9), st.integers(1, 20), st.integers(1, 9))
@settings(max_examples=50, deadline=None)
def test_no_page_waits_longer_than_its_days_and_no_night_takes_more_than_its_share(new, old, days, more, listing):
    revisit = RevisitConfig(current_days=days, older_days=days + more, listing_days=listing)
    pages = {f"n{n}": Known(url=f"n{n}", title="2025年年报", last_fetched_at=SPRING) for n in range(new)}
    pages |= {f"o{n}": Known(url=f"o{n}", title="2019年年报", last_fetched_at=SPRING) for n in range(old)}
    taken, ages = nights_of(pages, revisit, 3 * (days + more))
    assert max(ages) <= days + more

    def most(count: int, among: int) -> int:
        nights = among - -(-among // listing) if listing > 1 else among
        return -(-count // max(1, nights))

    assert max(taken) <= most(new, days) + most(old, days + more)
    for url, page in pages.items():
        waited = (SPRING + timedelta(days=3 * (days + more)) - page.last_fetched_at).days
        assert waited <= (days if url.startswith("n") else days + more)


def test_what_nights_were_missed_is_asked_on_the_next_and_spreads_again():
    pages = {f"n{n}": Known(url=f"n{n}", title="2025年年报", last_fetched_at=SPRING) for n in range(70)}
    taken, ages = nights_of(pages, POLICY, 40, missed=range(9, 13))
    assert max(ages) <= 7 + 4
    assert max(taken[-14:]) <= 3 * 12


def test_a_page_that_no_listing_names_does_not_stand_in_the_way():
    pages = [Known(url="lost", title="2025年年报", last_fetched_at=NOW - timedelta(days=90))]
    pages += [Known(url=f"n{n}", title="2025年年报", last_fetched_at=NOW - timedelta(days=3)) for n in range(14)]
    alone = turns_of("shire/nb", pages[1:], now=NOW, revisit=POLICY)
    assert turns_of("shire/nb", pages, now=NOW, revisit=POLICY) == alone | {"lost"}


def test_a_second_crawl_of_a_day_asks_for_nothing_again():
    pages = [Known(url=f"n{n}", title="2025年年报", last_fetched_at=NOW - timedelta(days=6)) for n in range(70)]
    for day in range(7):
        now = NOW + timedelta(days=day)
        due = turns_of("shire/nb", pages, now=now, revisit=POLICY)
        after = [replace(page, last_fetched_at=now) if page.url in due else page for page in pages]
        assert turns_of("shire/nb", after, now=now + timedelta(hours=2), revisit=POLICY) == frozenset()


def test_behind_a_listing_taken_as_before_the_same_pages_have_their_turn():
    pages = [known(f"p{n}", 3, title="2025年年报") for n in range(30)]
    refs = [ref(f"p{n}", "2025年年报") for n in range(30)]
    pages += [known(f"d{n}", 3, listed_on=date(2026, 1, 20)) for n in range(30)]
    refs += [ref(f"d{n}", "年报", date(2026, 1, 20)) for n in range(30)]
    due = plan_due(pages, set(), now=NOW, turns=turns(pages))
    assert {page.url for page, _ in due} == {canonical(item.ref.url) for item in plan(pages, refs)}
    assert {reason for _, reason in due} <= {"current"}


@given(st.text(max_size=20), st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 400))
@settings(max_examples=50, deadline=None)
def test_a_turn_comes_within_its_days_and_then_regularly(url: str, seen: date, days: int):
    turn = next_turn(url, seen, days)
    assert 1 <= (turn - seen).days <= days
    assert next_turn(url, turn, days) - turn == timedelta(days=days)


def test_an_unchanged_night_on_two_thousand_pages_asks_for_less_than_a_twentieth():
    # Eleven report years, all fetched in one night; three weeks of nights, at most 5 % of the pages in each:
    # 182 pages within six nights of seven, 1818 within 154 of 180.
    titles = {f"p{n}": f"{2015 + n % 11}年政府信息公开工作年度报告" for n in range(2000)}
    refs = [ref(name, title) for name, title in titles.items()]
    start = datetime(2026, 1, 5, 16, 30, tzinfo=UTC)
    fetched = {canonical(f"{HOST}/{name}"): start for name in titles}
    for night in range(1, 22):
        now = start + timedelta(days=night)
        pages = [
            Known(url=url, listed_title=titles[url.rpartition("/")[2]], last_fetched_at=at)
            for url, at in fetched.items()
        ]
        planned = plan_pages(pages, refs, section=SECTION, now=now, revisit=POLICY, turns=turns(pages, now))
        assert len(planned) <= 31 + 12, night
        for item in planned:
            fetched[canonical(item.ref.url)] = now


paths = st.sampled_from([f"p{n}" for n in range(12)])
known_pages = st.lists(
    st.builds(
        known,
        paths,
        st.integers(0, 500),
        state=st.sampled_from(["present", "missing", "gone", "back", "moved"]),
        absent_nights=st.integers(0, 3),
        title=st.sampled_from(["", "2025年年报", "2019年年报"]),
    ),
    unique_by=lambda page: page.url,
)
listed_refs = st.lists(st.builds(ref, paths, st.sampled_from(["", "2025年年报"]), st.none()), max_size=20)


@given(known_pages, listed_refs, st.sampled_from([POLICY, ALWAYS]), st.none() | st.integers(0, 10))
@settings(max_examples=50, deadline=None)
def test_a_plan_holds_no_url_twice_keeps_its_budget_and_puts_new_before_due(pages, refs, revisit, budget):
    planned = plan(pages, refs, revisit, budget=budget)
    urls = [canonical(item.ref.url) for item in planned]
    assert len(urls) == len(set(urls))
    assert budget is None or len(urls) <= budget
    reasons = [item.reason for item in planned]
    assert reasons == sorted(reasons, key=lambda reason: reason != "new")
    unseen = {canonical(entry.url) for entry in refs} - {page.url for page in pages}
    assert len([reason for reason in reasons if reason == "new"]) == min(len(unseen), 99 if budget is None else budget)
    rechecked = plan_rechecks(pages, [entry.url for entry in refs], turns=turns(pages, revisit=revisit))
    assert not set(rechecked) & {canonical(entry.url) for entry in refs}


def test_what_lost_its_bytes_is_asked_for_at_once_listed_or_not():
    lost = known("a", 1, lost=True)
    assert names(plan([lost, known("b", 1)], [ref("a"), ref("b")])) == [("a", "evidence lost")]
    assert plan_overdue([lost, known("b", 1)], [], now=NOW, revisit=POLICY) == (lost.url,)
    assert plan_overdue([lost], [lost.url], now=NOW, revisit=POLICY) == ()


def test_a_file_that_lost_its_bytes_is_asked_for_under_its_name_and_page():
    file = known("a.doc", lost=True, parent_url="x", listed_title="附件", asked_url=f"{HOST}/a.doc?v=1")
    assert plan_lost_files([file, known("b.doc", parent_url="x"), known("c", lost=True)]) == (
        (PageRef(url=f"{HOST}/a.doc?v=1", title="附件"), "x"),
    )
