"""Dialler exports → call records. Each format is a folder of data under `formats/`."""
