from hypothesis import given
from hypothesis import strategies as st

from shared_modules.exchanges.base import BookTopic
from shared_modules.exchanges.bybit.book import LocalBook
from shared_modules.exchanges.bybit.feeds import BookFeed

from .fakes import BTC, book

DEPTH = 5
BID_LEVELS = st.lists(st.tuples(st.integers(1, 20), st.integers(0, 3)), max_size=12)
ASK_LEVELS = st.lists(st.tuples(st.integers(21, 40), st.integers(0, 3)), max_size=12)


def changed(model, levels, best_first):
    """The plain-dict model of one side after ``levels``."""
    model = {**model, **dict(levels)}
    kept = sorted((p for p, size in model.items() if size > 0), key=best_first)[:DEPTH]
    return {p: model[p] for p in kept}


@given(BID_LEVELS, ASK_LEVELS, st.lists(st.tuples(BID_LEVELS, ASK_LEVELS), max_size=10))
def test_a_book_equals_a_plain_dict_that_gets_the_same_changes(bids, asks, deltas):
    bids, asks = dict(bids).items(), dict(asks).items()
    local = LocalBook("X", DEPTH)
    local.snapshot(bids, asks, 10)
    bid_model, ask_model = changed({}, bids, lambda p: -p), changed({}, asks, lambda p: p)
    for n, (more_bids, more_asks) in enumerate(deltas, start=11):
        assert local.delta(more_bids, more_asks, n)
        bid_model = changed(bid_model, more_bids, lambda p: -p)
        ask_model = changed(ask_model, more_asks, lambda p: p)
    found = local.at(0)
    assert found.bids == tuple((p, bid_model[p]) for p in sorted(bid_model, reverse=True))
    assert found.asks == tuple((p, ask_model[p]) for p in sorted(ask_model))


def feed(depth=50):
    return BookFeed(BookTopic(BTC, depth))


def test_nothing_comes_before_the_first_snapshot():
    assert feed().receive(book("delta", 5, [["1", "1"]], [["2", "1"]])) is None


def test_a_snapshot_replaces_the_book_even_with_an_older_number():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    assert subject.receive(book("snapshot", 50, [["1.5", "2"]], [["2.5", "1"]])).bids == ((1.5, 2.0),)
    assert subject.receive(book("delta", 51, [["1.4", "2"]], [])).bids == ((1.5, 2.0), (1.4, 2.0))


def test_number_one_means_a_new_book_whatever_the_message_calls_itself():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    assert subject.receive(book("delta", 1, [["1.2", "3"]], [["2.2", "1"]])).bids == ((1.2, 3.0),)


def test_an_old_delta_is_dropped_and_a_jump_is_counted():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    assert subject.receive(book("delta", 100, [["1", "9"]], [])) is None
    assert subject.receive(book("delta", 105, [["1", "9"]], [])).bids == ((1.0, 9.0),)
    assert subject.gaps == 1


def test_deleting_an_absent_level_is_harmless():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    assert subject.receive(book("delta", 101, [["0.5", "0"]], [["9", "0.000"]])).bids == ((1.0, 1.0),)


def test_prices_are_the_same_whatever_zeros_they_are_written_with():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1.10", "1"]], [["2", "1"]]))
    assert subject.receive(book("delta", 101, [["1.1", "0"]], [])).bids == ()


def test_a_crossed_book_is_not_delivered_and_is_lost_when_it_stays_crossed():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    assert subject.receive(book("delta", 101, [["3", "1"]], [])) is None
    assert not subject.lost
    assert subject.latest() is None
    assert subject.receive(book("delta", 102, [["3", "2"]], [])) is None
    assert subject.lost
    assert subject.receive(book("snapshot", 200, [["1", "1"]], [["2", "1"]])) is not None
    assert not subject.lost


def test_a_book_that_uncrosses_at_once_goes_on():
    subject = feed()
    subject.receive(book("snapshot", 100, [["1", "1"]], [["2", "1"]]))
    subject.receive(book("delta", 101, [["3", "1"]], []))
    assert subject.receive(book("delta", 102, [["3", "0"]], [])).bids == ((1.0, 1.0),)
