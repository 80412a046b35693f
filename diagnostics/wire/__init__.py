"""What the wire child can be asked: one module a task, each with `run(interface, **request)` that yields JSON objects.

These modules run in the child of `diagnostics.scapy_wire` only, with scapy imported inside their functions. What one
yields is what it saw; what it means is interpreted, purely, by the check that asked.
"""
