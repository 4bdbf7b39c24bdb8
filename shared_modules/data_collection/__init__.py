"""Market data: fetched, streamed, built into candles, kept on disk and checked for holes."""
