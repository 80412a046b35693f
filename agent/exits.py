"""The exit codes that a verdict gives to `accept`, `demo` and `support`, and that of an answer that is not whole."""

VERDICT_EXITS = {"accepted": 0, "rejected": 1, "inconclusive": 2}
NOT_VALID = 3
INCOMPLETE = 2
