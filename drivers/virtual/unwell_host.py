"""The station as its kernel would describe it if something were wrong with it that this machine cannot have.

Only what is asked for is told otherwise: states, never rates or counters; how slow such a station is, the line shows.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from diagnostics.instruments import Host, HostSample, Link
from diagnostics.measurement import Failure


class UnwellHost:
    """A host whose link and whose samples say some things otherwise."""

    def __init__(self, host: Host, *, link: Mapping[str, Any], samples: Mapping[str, Any]) -> None:
        self._host, self._link, self._samples = host, link, samples

    def link(self, interface: str) -> Link | Failure:
        """State and counters of one interface of the line."""
        made = self._host.link(interface)
        return made if isinstance(made, Failure) else replace(made, **self._link)

    def watch(
        self, interface: str, *, until: Callable[[], bool], deadline_s: float, on_sample: Callable[[], None]
    ) -> tuple[HostSample, ...] | Failure:
        """Sample the station each second, at the beginning and once more at the end, until told to end."""
        made = self._host.watch(interface, until=until, deadline_s=deadline_s, on_sample=on_sample)
        return made if isinstance(made, Failure) else tuple(replace(sample, **self._samples) for sample in made)
