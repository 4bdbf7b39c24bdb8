"""Bybit V5: REST through pybit in worker threads, sockets by our own client."""
