"""Writes what is no JSON."""

print("nonsense")
