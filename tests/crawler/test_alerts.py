from __future__ import annotations

import http.server
import json
import sys
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.store.archive import Archive
from archive.store.nights import SiteNight
from crawler.alerts import Alert, find_alerts, find_digest
from crawler.config import AlertsConfig
from crawler.tell import beat, tell, tell_trouble

RULES = AlertsConfig()
FIRST = date(2026, 11, 2)  # a Monday


def night(day: int, refs: int = 60, *, complete: bool = True, walls: int = 0, site: str = "shire", **more) -> SiteNight:
    return SiteNight(
        site_id=site, name="上虞区", day=FIRST + timedelta(days=day), refs=refs, complete=complete, walls=walls, **more
    )


def told(history: list[SiteNight], rules: AlertsConfig = RULES) -> list[tuple[int, str, str]]:
    """Every alert of every night, as an operator would have got them: the day, what it was, what it is."""
    days = sorted({entry.day for entry in history})
    alerts = []
    for day in days:
        for alert in find_alerts([entry for entry in history if entry.day <= day], rules):
            assert alert.day == day
            alerts.append(((day - FIRST).days, alert.before, alert.now))
    return alerts


def test_quiet_when_all_is_well():
    assert told([night(day, 60 + day) for day in range(30)]) == []


def test_an_empty_or_far_thinner_listing_is_told_the_same_night_and_once():
    history = [night(day) for day in range(5)] + [night(5, 0), night(6, 0), night(7, 20), night(8, 60)]
    assert told(history) == [(5, "well", "empty"), (7, "empty", "thin"), (8, "thin", "well")]


def test_fewer_entries_than_min_refs_are_told_the_same_night():
    few = {"complete": False, "drift": 1, "problems": 1}
    assert told([night(0), night(1, 0, **few), night(2, 1, **few)]) == [(1, "well", "empty"), (2, "empty", "thin")]


def test_the_message_names_the_portal_the_number_and_what_is_usual():
    (alert,) = find_alerts([night(0), night(1, 3)], RULES)
    assert alert.message == "上虞区 (shire) is thin: its listings have 3 entries; it usually has 60"


def test_a_portal_that_never_yielded_anything_is_told_too():
    assert told([night(0, 0)]) == [(0, "well", "empty")]


def test_a_wall_for_one_night_is_weather_and_for_two_is_news():
    wall = {"complete": False, "walls": 3}
    assert told([night(0), night(1, 0, **wall), night(2)]) == []
    history = [night(0), night(1, 0, **wall), night(2, 0, **wall), night(3, 0, **wall), night(4)]
    assert told(history) == [(2, "well", "walled"), (4, "walled", "well")]


def test_a_failure_is_told_with_the_same_patience():
    bad = {"complete": False, "problems": 4}
    assert told([night(0), night(1, 5, **bad), night(2, 5, **bad)]) == [(2, "well", "failing")]


def test_flapping_is_not_told_over_and_over():
    history = [night(day, 60, complete=day % 2 == 0, walls=day % 2) for day in range(20)]
    assert told(history) == []


def test_a_thin_night_does_not_become_what_is_usual():
    history = [night(0), night(1)] + [night(day, 10) for day in range(2, 20)]
    assert told(history) == [(2, "well", "thin")]


def test_no_complete_night_for_a_fortnight_is_stale():
    bad = [night(day, 0, complete=False, walls=day % 2, problems=1) for day in range(1, 20)]
    assert told([night(0), *bad]) == [(2, "well", "failing"), (15, "failing", "stale")]


def test_a_portal_that_is_not_crawled_any_more_becomes_stale_while_others_go_on():
    history = [night(0, site="lost")] + [night(day) for day in range(30)]
    assert told(history) == [(15, "well", "stale")]


def test_of_two_crawls_on_one_day_the_last_one_counts():
    assert told([night(0), night(1, 0), night(1, 60)]) == []


states = st.lists(
    st.builds(
        night,
        st.integers(0, 25),
        st.integers(0, 80),
        complete=st.booleans(),
        walls=st.integers(0, 2),
        site=st.sampled_from(["shire", "lake"]),
    ),
    max_size=40,
    unique_by=lambda entry: (entry.day, entry.site_id),
)


@given(states)
@settings(max_examples=50, deadline=None)
def test_every_alert_is_a_change_and_follows_on_the_one_before(history: list[SiteNight]):
    state: dict[str, str] = {}
    for day in sorted({entry.day for entry in history}):
        for alert in find_alerts([entry for entry in history if entry.day <= day], RULES):
            assert alert.before == state.get(alert.site_id, "well") != alert.now
            state[alert.site_id] = alert.now


def test_the_digest_comes_once_a_week_and_counts_that_week():
    history = [night(day, new=1) for day in range(15)]
    monday = FIRST + timedelta(days=14)
    digest = find_digest(history, monday, RULES)
    assert digest is not None
    assert "上虞区 (shire): 7 nights, 7 complete, 7 new" in digest
    assert find_digest(history, monday + timedelta(days=1), RULES) is None
    assert find_digest(history, monday, AlertsConfig(digest_weekday="")) is None
    assert find_digest([], monday, RULES) is None


ALERT = Alert(site_id="shire", day=FIRST, before="well", now="empty", message="上虞区 is empty")


def test_a_command_gets_each_message_on_its_standard_input(tmp_path: Path):
    out = tmp_path / "told.jsonl"
    script = "import sys,pathlib; p=pathlib.Path(sys.argv[1]); p.open('a').write(sys.stdin.read())"
    tell([ALERT], "the week", AlertsConfig(command=(sys.executable, "-c", script, str(out))))
    first, second = (json.loads(line) for line in out.read_text().splitlines())
    assert first == {
        "kind": "alert", "text": "上虞区 is empty", "site": "shire", "day": "2026-11-02", "before": "well", "now": "empty",
    }  # fmt: skip
    assert second == {"kind": "digest", "text": "the week"}


def test_a_webhook_and_a_heartbeat_are_asked():
    asked: list[tuple[str, str, bytes]] = []

    class Channel(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked.append((self.command, self.path, body))
            self.send_response(204)
            self.end_headers()

        do_POST = do_GET  # noqa: N815

        def log_message(self, *_: object) -> None:
            pass

    with http.server.HTTPServer(("127.0.0.1", 0), Channel) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        tell([ALERT], None, AlertsConfig(webhook=url + "/hook"))
        beat(AlertsConfig(heartbeat=url + "/alive"))
        server.shutdown()
        thread.join()
    assert [(command, path) for command, path, _ in asked] == [("POST", "/hook"), ("GET", "/alive")]
    assert json.loads(asked[0][2])["now"] == "empty"


@pytest.mark.parametrize(
    "config",
    [
        AlertsConfig(command=("/no/such/program",)),
        AlertsConfig(command=(sys.executable, "-c", "raise SystemExit(3)")),
        AlertsConfig(webhook="http://127.0.0.1:9/", heartbeat="http://127.0.0.1:9/"),
    ],
)
def test_a_channel_that_does_not_work_is_logged_and_ends_nothing(config: AlertsConfig, caplog):
    tell([ALERT], None, config)
    beat(config)
    assert "did not work" in caplog.text
    assert "上虞区 is empty" in caplog.text


def test_trouble_with_the_night_itself_is_told_through_the_same_channels(tmp_path: Path):
    told = tmp_path / "told"
    command = (sys.executable, "-c", f"import sys; open({str(told)!r}, 'w').write(sys.stdin.read())")
    tell_trouble("the disk is nearly full", AlertsConfig(command=command))
    assert json.loads(told.read_text()) == {"kind": "trouble", "text": "the disk is nearly full"}


def test_nothing_is_told_by_default_but_to_the_log():
    tell([], None, RULES)
    beat(RULES)


def test_the_archive_s_journal_gives_the_nights(tmp_path: Path):
    with Archive.open(tmp_path / "a.db", clock=lambda: datetime(2026, 11, 2, 18, tzinfo=UTC)) as archive:
        archive.finish_run(archive.start_run("crawl", "x"))
        assert archive.nights(date(2026, 1, 1)) == ()
