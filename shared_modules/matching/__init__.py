"""One truth of fills: whether, when, at what price and cost an order fills; stepped one event at a time."""
