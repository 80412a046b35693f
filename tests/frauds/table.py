"""All frauds by name."""

from tests.frauds import attempts, gates, lines, runs, stations, tokens

FRAUDS = {**runs.FRAUDS, **attempts.FRAUDS, **lines.FRAUDS, **tokens.FRAUDS, **stations.FRAUDS, **gates.FRAUDS}
