"""Benchmarks: ratios measured side by side in one run, printed, never asserted. Run all: python -m tests.benchmarks"""
