"""The exit codes that a verdict gives to `accept` and `demo`."""

VERDICT_EXITS = {"accepted": 0, "rejected": 1, "inconclusive": 2}
NOT_VALID = 3
