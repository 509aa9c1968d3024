"""Engines run the one scan of an audit. DuckDB, embedded, is the default and today the only one."""
