"""The audit document → view → charts → HTML → PDF."""
