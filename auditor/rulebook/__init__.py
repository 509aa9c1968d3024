"""The law as data: packs of dated, cited rules, read from `rules/`. Knows nothing of calls."""
