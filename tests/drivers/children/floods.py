"""Writes without end."""

print("{}" * 10_000_000)
