"""A real server on loopback that speaks Bybit V5 market data, fed by a synthetic market or by recorded candles."""
