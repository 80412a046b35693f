"""Vectors: what a verifier must say of good, broken and forged objects; `python -m tests.vectors` writes them anew."""
