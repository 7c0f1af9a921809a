"""Measurements, each printed by a command: `make bench`."""
