"""What a run leaves behind to prove itself by."""
