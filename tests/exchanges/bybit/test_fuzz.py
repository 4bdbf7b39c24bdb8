"""Mutated samples of the exchange's messages: the short form of benchmarks/fuzz.py."""

from pathlib import Path

import pytest

from benchmarks.fuzz import fuzz

SAMPLES = Path(__file__).parents[3].parent / "shared" / "reference" / "bybit-v5-samples"


@pytest.mark.skipif(not SAMPLES.exists(), reason="the recorded samples are not here")
async def test_no_mutated_sample_lets_an_error_out_of_the_feed_or_of_a_parser() -> None:
    counts, escaped = fuzz(SAMPLES, each=20, seed=5)
    assert escaped == []
    assert counts["samples"] > 100
    assert counts["refused frames"] > 0
