import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_modules.exchanges.bybit.subscriptions import Subscriptions

UNKNOWN = "error:handler not found,topic:{}"
ALREADY = "error:already subscribed,topic:{}"
SPOT_UNKNOWN = "Invalid symbol :[{}]"


class Exchange:
    """Answers frames as the real one: a batch with one bad topic subscribes nothing of it."""

    def __init__(self, bad=(), text=UNKNOWN, most=1000, names=True):
        self.bad, self.text, self.most, self.names, self.live, self.frames = set(bad), text, most, names, set(), []

    def answer(self, frame):
        frame = json.loads(frame)
        self.frames.append(frame)
        args, text = frame["args"], ""
        if frame["op"] == "unsubscribe":
            self.live -= set(args)
        elif len(args) > self.most:
            text = f"args size >{self.most}"
        elif wrong := [t for t in args if t in self.bad]:
            text = self.text.format(wrong[0]) if self.names else "Params Error"
        elif there := [t for t in args if t in self.live]:
            text = ALREADY.format(there[0])
        else:
            self.live |= set(args)
        return {"success": not text, "ret_msg": text, "op": frame["op"], "req_id": frame["req_id"], "conn_id": "c"}


def settle(subject, exchange, limit=200):
    for _ in range(limit):
        if (frame := subject.next_frame(0.0)) is None:
            break
        subject.answer(exchange.answer(frame))
    assert subject.settled


def wanting(*topics, chunk=100):
    subject = Subscriptions(chunk)
    for topic in topics:
        subject.want(topic)
    return subject


TOPICS = st.lists(st.integers(0, 30).map("tickers.S{}USDT".format), unique=True, max_size=20)


@given(TOPICS, TOPICS, st.integers(1, 8), st.sampled_from([UNKNOWN, SPOT_UNKNOWN]), st.booleans(), st.integers(1, 10))
def test_everything_good_is_subscribed_and_everything_bad_refused(topics, bad, chunk, text, names, most):
    subject, exchange = wanting(*topics, chunk=chunk), Exchange(bad, text, most, names)
    settle(subject, exchange)
    assert exchange.live == set(topics) - set(bad)
    assert set(subject.refused) == set(topics) & set(bad)


@given(TOPICS, TOPICS)
def test_what_is_not_wanted_any_more_is_left(first, then):
    subject, exchange = wanting(*first), Exchange()
    settle(subject, exchange)
    for topic in set(first) - set(then):
        subject.unwant(topic)
    for topic in then:
        subject.want(topic)
    settle(subject, exchange)
    assert exchange.live == set(then)


def test_a_frame_holds_no_more_topics_than_a_chunk():
    subject, exchange = wanting(*(f"tickers.S{i}" for i in range(250))), Exchange()
    settle(subject, exchange)
    assert [len(f["args"]) for f in exchange.frames] == [100, 100, 50]


def test_already_subscribed_is_as_good_as_subscribed():
    subject, exchange = wanting("a.X", "b.X", "c.X"), Exchange()
    exchange.live = {"b.X"}
    settle(subject, exchange)
    assert exchange.live == {"a.X", "b.X", "c.X"}
    assert not subject.refused


def test_renewing_leaves_and_subscribes_again():
    subject, exchange = wanting("orderbook.50.X", "tickers.X"), Exchange()
    settle(subject, exchange)
    exchange.frames.clear()
    subject.renew("orderbook.50.X")
    settle(subject, exchange)
    assert [(f["op"], f["args"]) for f in exchange.frames] == [
        ("unsubscribe", ["orderbook.50.X"]),
        ("subscribe", ["orderbook.50.X"]),
    ]


def test_a_topic_left_and_wanted_again_before_anything_was_sent_is_renewed():
    subject, exchange = wanting("tickers.X"), Exchange()
    settle(subject, exchange)
    exchange.frames.clear()
    subject.unwant("tickers.X")
    subject.want("tickers.X")
    settle(subject, exchange)
    assert [f["op"] for f in exchange.frames] == ["unsubscribe", "subscribe"]


def test_after_a_reset_everything_is_asked_for_again_and_the_refused_too():
    subject, exchange = wanting("a.X", "b.X"), Exchange(bad={"b.X"})
    settle(subject, exchange)
    subject.reset()
    exchange.live, exchange.bad = set(), set()
    settle(subject, exchange)
    assert exchange.live == {"a.X", "b.X"}


@pytest.mark.parametrize("answer", [{"req_id": ""}, {}])
def test_an_answer_without_an_id_belongs_to_the_oldest_frame(answer):
    subject = wanting("a.X")
    subject.next_frame(0.0)
    subject.answer({"success": True, "op": "subscribe", **answer})
    assert subject.settled


def test_an_answer_to_nothing_is_ignored():
    subject = wanting()
    subject.answer({"success": True, "op": "subscribe", "req_id": "99"})
    assert subject.settled


def test_a_frame_without_an_answer_becomes_overdue():
    subject = wanting("a.X")
    subject.next_frame(5.0)
    assert not subject.overdue(5.0)
    assert subject.overdue(5.1)
