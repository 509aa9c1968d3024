"""Counts → intervals → verdicts: what the law says of the calls in the store."""
