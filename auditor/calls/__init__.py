"""The canonical call record: what is known of one call attempt, and no regulator's opinion of it."""
