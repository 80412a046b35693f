"""All frauds and all controls, by name."""

from tests.frauds import (
    attempts,
    bundles,
    controls_bundles,
    controls_keys,
    controls_office,
    controls_results,
    controls_stations,
    controls_visits,
    gates,
    lines,
    reviews,
    runs,
    stations,
    tokens,
    visits,
)

FRAUDS = {
    **runs.FRAUDS,
    **attempts.FRAUDS,
    **lines.FRAUDS,
    **tokens.FRAUDS,
    **stations.FRAUDS,
    **gates.FRAUDS,
    **bundles.FRAUDS,
    **visits.FRAUDS,
    **reviews.FRAUDS,
}
CONTROLS = {
    **controls_results.CONTROLS,
    **controls_office.CONTROLS,
    **controls_keys.CONTROLS,
    **controls_stations.CONTROLS,
    **controls_bundles.CONTROLS,
    **controls_visits.CONTROLS,
}
