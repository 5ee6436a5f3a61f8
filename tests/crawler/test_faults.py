"""Every fault of the fault portal comes out as it is written down."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from archive.store.archive import Archive
from archive.store.model import Outcome, Wish
from crawler.alerts import find_alerts
from crawler.config import AlertsConfig, Config, parse_config
from crawler.errors import Oversized, Refused, Unreachable
from crawler.fetch import Fetcher
from crawler.library import Library
from crawler.run import Crawl, Tools
from sites.model import Request, Section, SiteSpec
from sites.registry import load_families
from tests.certificates import Trust
from tests.crawler.faketime import FakeTime
from tests.faultportal import PAGE, START, Fault, Portal
from tests.faults import FAULTS, LIMITS, as_markdown, fault_portals

DOCS = Path(__file__).resolve().parents[2] / "docs" / "faults.md"


@pytest.fixture(scope="module")
def trust(tmp_path_factory: pytest.TempPathFactory) -> Trust:
    return Trust(tmp_path_factory.mktemp("certificates"))


def fetcher(config: Config, time: FakeTime) -> Fetcher:
    return Fetcher(
        config,
        clock=time.clock,
        sleep=time.sleep,
        monotonic=time.monotonic,
        chance=lambda: 0.0,
        loopback_allowed=True,
    )


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
async def test_fetching_a_fault(fault: Fault, trust: Trust):
    time = FakeTime(START)
    async with Portal(fault, trust).served() as portal, fetcher(parse_config(LIMITS), time) as fetching:
        named = True
        try:
            hops = await fetching.fetch(Request(url=portal.url + PAGE), tls=fault.tls, verify=fault.verify)
            result = str(hops[-1].status)
            assert hops[-1].tls_verified is fault.verify
        except (Unreachable, Refused) as error:
            result = f"{error.kind}:{error.reason}"
            named = portal.url in error.message
        except Oversized as error:
            result = error.kind
    assert result == fault.fetch
    assert named, "an error names the address that was wished for"


def spec_of(fault: Fault, portal: Portal) -> SiteSpec:
    section = Section(
        site_id=fault.name,
        key="nb",
        name="政府信息公开年报",
        url=portal.url + "/nb/",
        family="static",
        hosts=("127.0.0.1",),
        body="清河镇",
    )
    return SiteSpec(
        id=fault.name,
        name=fault.what,
        home=portal.url + "/",
        family="static",
        sections=(section,),
        hosts=("127.0.0.1",),
        tls=fault.tls,
        verify=fault.verify,
        why="a fault of the tests",
        verified=START.date(),
    )


async def one_night(folder: Path, portals: dict[str, Portal], time: FakeTime) -> dict[str, str]:
    """Crawl every fault's portal once; what came of each, in the words of the faults' own data."""
    specs = {fault.name: spec_of(fault, portals[fault.name]) for fault in FAULTS}
    outcomes: dict[str, list[str]] = defaultdict(list)

    def observe(wish: Wish, outcome: Outcome, _: int) -> None:
        if wish.role != "listing":
            outcomes[wish.site_id].append(outcome)
        elif outcome != "done":
            outcomes[wish.site_id].append(f"listing {outcome}")

    config = parse_config(LIMITS)
    with Archive.open(folder / "archive.db", clock=time.clock) as archive:
        async with fetcher(config, time) as fetching:
            library = Library(families=load_families(), sites=specs)
            tools = Tools(archive=archive, fetcher=fetching, library=library, config=config, clock=time.clock)
            result = await Crawl(tools, list(specs.values()), observer=observe).run()
        assert result is not None
        told = {}
        for name in specs:
            kinds = [
                row["kind"]
                for row in archive.db.query(
                    "select kind from problems where site = ? and run = ? order by id", [name, result.run.id]
                )
            ]
            [twice] = archive.db.execute(
                "select count(*) - count(distinct text_digest) from pages where site = ?", [name]
            ).fetchone()
            notes = sorted(set(kinds)) + ["one text at two addresses"] * bool(twice)
            told[name] = ", ".join(sorted(outcomes[name])) + (f" [{', '.join(notes)}]" if notes else "")
        return told


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("faults")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def nights(trust: Trust, folder: Path) -> list[dict[str, str]]:
    async with fault_portals(trust) as portals:
        first = await one_night(folder, portals, FakeTime(START))
        for portal in portals.values():
            portal.next_night()
        second = await one_night(folder, portals, FakeTime(START + timedelta(days=1)))
    return [first, second]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_crawling_a_fault(fault: Fault, nights: list[dict[str, str]]):
    assert [night[fault.name] for night in nights] == [fault.first, fault.second]


def test_no_fault_is_stored_as_a_document_and_nothing_is_gone_after_two_nights(
    nights: list[dict[str, str]], folder: Path
):
    good = {fault.name for fault in FAULTS if fault.first.startswith("new")}
    with Archive.read(folder / "archive.db") as archive:
        kept = {(night.site_id, night.day.day): night for night in archive.nights(START.date())}
        pages = list(archive.db.query("select site, state, absent_nights from pages"))
        bodies = " ".join(row["text"] for row in archive.db.query("select text from document_texts"))
    assert {page["site"] for page in pages} == good
    steady, halved = kept["counter-only", 23], kept["listing-halved", 24]
    assert (steady.refs, steady.complete, steady.new) == (1, True, 1)
    assert (halved.refs, halved.drift, halved.complete) == (0, 1, False)
    assert {page["state"] for page in pages} == {"present", "missing"}
    assert {page["site"] for page in pages if page["absent_nights"]} == {"taken-down"}
    assert {page["site"] for page in pages if page["state"] == "missing"} == {"dropped-but-there", "changing-case"}
    history = [night for (site, _), night in kept.items() if site == "listing-halved"]
    assert [alert.now for alert in find_alerts(history, AlertsConfig())] == ["empty"]
    for words in ("创宇盾", "访问过于频繁", "页面不存在", "系统维护中", "百家乐", "\ufffd"):
        assert words not in bodies


def test_there_are_at_least_forty_faults_and_their_names_are_their_own():
    assert len({fault.name for fault in FAULTS}) == len(FAULTS) >= 40


def test_the_page_for_readers_lists_every_fault():
    assert DOCS.read_text(encoding="utf-8") == as_markdown(), "run: python -m tests.faults > docs/faults.md"
