"""The DuckDB file: calls, load ledger, quarantine."""
