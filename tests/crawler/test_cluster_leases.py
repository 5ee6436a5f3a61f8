import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.cluster.errors import LeaseLost
from crawler.cluster.leases import Lease, LeaseBook


class Time:
    """Both clocks of one machine; the wall clock may be `wrong` by some seconds."""

    def __init__(self, wrong: float = 0.0) -> None:
        self.now, self.wrong = 1000.0, wrong

    def wall(self) -> float:
        return self.now + self.wrong

    def monotonic(self) -> float:
        return self.now


def book(path, time: Time, seconds: float = 30.0) -> LeaseBook:
    return LeaseBook(path / "leases.db", seconds=seconds, clock=time.wall, monotonic=time.monotonic)


def taken(leases: LeaseBook, holder: str = "one") -> Lease:
    lease = leases.take("0000", holder)
    assert lease is not None
    return lease


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def leases(tmp_path, time) -> LeaseBook:
    made = book(tmp_path, time)
    made.add(["0000", "0001"])
    return made


def test_a_shard_is_leased_to_one_worker_at_a_time(leases) -> None:
    taken(leases)
    assert leases.take("0000", "two") is None
    assert leases.take("0001", "two") is not None
    assert leases.holders() == {"0000": "one", "0001": "two"}


def test_a_lease_that_is_not_renewed_is_lost_before_another_takes_it(leases, time) -> None:
    lease = taken(leases)
    time.now += 19
    lease.require()
    time.now += 2  # two thirds are over
    with pytest.raises(LeaseLost, match="0000"):
        lease.require()
    assert leases.take("0000", "two") is None
    time.now += 10
    assert leases.take("0000", "two") is not None


def test_an_old_holder_that_wakes_up_cannot_renew(leases, time) -> None:
    old = taken(leases)
    time.now += 31
    new = taken(leases, "two")
    assert not old.renew()
    assert not old.is_held()
    old.release()
    assert leases.holders() == {"0000": "two"}
    assert new.renew()


def test_a_renewed_lease_is_held_for_its_full_time_again(leases, time) -> None:
    lease = taken(leases)
    for _ in range(5):
        time.now += 15
        assert lease.renew()
    lease.require()
    assert leases.take("0000", "two") is None


def test_a_lease_given_back_is_free_at_once(leases) -> None:
    with taken(leases):
        assert leases.take("0000", "two") is None
    assert taken(leases, "two").token == 2


def test_leases_and_ends_outlive_the_coordinator(tmp_path, leases, time) -> None:
    taken(leases)
    leases.finish("0001")
    again = book(tmp_path, time)
    again.add(["0000", "0001"])
    assert again.take("0000", "two") is None
    assert again.finished() == {"0001"}


@settings(max_examples=50, deadline=None)
@given(
    moves=st.lists(
        st.tuples(st.sampled_from(["take", "renew", "ask"]), st.integers(0, 1), st.floats(0, 25)), max_size=25
    ),
    wrong=st.floats(-9.9, 9.9),
)
def test_two_workers_never_ask_at_once_though_their_clocks_differ_by_a_third(tmp_path_factory, moves, wrong) -> None:
    """30 s leases, clocks up to 10 s apart: whoever may ask is alone."""
    path = tmp_path_factory.mktemp("leases")
    times = [Time(), Time(wrong)]
    books = [book(path, time) for time in times]
    books[0].add(["0000"])
    held: list[Lease | None] = [None, None]
    for move, who, wait in moves:
        for time in times:
            time.now += wait
        mine = held[who]
        if move == "take":
            held[who] = books[who].take("0000", str(who)) or mine
        elif move == "renew" and mine is not None:
            mine.renew()
        assert sum(lease is not None and lease.is_held() for lease in held) <= 1
