"""The gate: what a campaign is configured to do, held against the rules before it dials."""
