import json
from pathlib import Path

import pytest

from shared_modules.core.errors import (
    AuthenticationError,
    AuthorisationError,
    ClockSkew,
    OrderRejected,
    Rejected,
    Throttled,
    Unreachable,
)
from shared_modules.exchanges.bybit import codes

SAMPLES = Path(__file__).parents[3].parent / "shared" / "reference" / "bybit-v5-samples" / "rest_errors_composed.json"


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (10001, Rejected), (10002, ClockSkew), (10003, AuthenticationError), (10005, AuthorisationError),
        (10006, Throttled), (10016, Unreachable), (110017, OrderRejected), (110999, OrderRejected), (777, Rejected),
    ],
)  # fmt: skip
def test_each_code_becomes_the_error_a_caller_can_act_on(code, kind):
    error = codes.refusal(code, "as said")
    assert type(error) is kind
    assert "as said" in error.message
    assert f"(code {code})" in error.message


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, Rejected),
        (401, AuthenticationError),
        (403, Throttled),
        (404, Rejected),
        (429, Throttled),
        (503, Unreachable),
    ],
)
def test_each_http_status_becomes_the_error_a_caller_can_act_on(status, kind):
    error = codes.failure(status, "http://here")
    assert type(error) is kind
    assert "http://here" in error.message


@pytest.mark.parametrize(("told", "waited"), [(None, 1.0), (-5.0, 0.2), (0.7, 0.7), (60.0, 2.0)])
def test_too_many_visits_wait_at_least_a_fifth_of_a_second_and_at_most_two(told, waited):
    assert codes.refusal(10006, "Too many visits!", told).retry_after == waited


@pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded samples are not here")
def test_every_sampled_error_has_a_sentence():
    for sample in json.loads(SAMPLES.read_text()):
        body = sample["body"]
        if isinstance(body, dict) and body.get("retCode"):
            assert codes.refusal(body["retCode"], body["retMsg"]).message
