"""All that a check may touch: the ONT, the wire, the throughput engine, the station itself and its clock.

A check gets these Protocols and nothing else; tests hand in fakes of the same shape, the station the real children.
What an instrument could not find out it returns as a Failure; it raises only for faults of our own.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, Protocol

from diagnostics.adapter import Adapter
from diagnostics.line import Reflector
from diagnostics.measurement import Failure, Measurement

Direction = Literal["down", "up"]
Statistic = Literal["median", "mean", "min"]
Layer = Literal["tcp_payload", "ip", "ethernet"]
Family = Literal["auto", "4", "6"]
LAYERS: dict[Layer, str] = {"tcp_payload": "TCP payload", "ip": "IP packets", "ethernet": "Ethernet frames"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileUsed:
    """The firmware profile that an ONT was read by: its family, and SHA-256 of the profile's bytes."""

    family: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What an ONT answered: its measurements, and the raw answers that they were read from, by source.

    `profile` is the one by which it was read; None where none fitted.
    """

    measurements: tuple[Measurement, ...]
    evidence: Mapping[str, bytes] = field(default_factory=dict)
    profile: ProfileUsed | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """State of one Ethernet interface; None where the kernel does not say; counters run since it was made.

    `adapter` is what carries it, `usb_mbps` the rate of its USB bus; `carrier_changes`: how often the link changed.
    """

    up: bool
    speed_mbps: int | None
    max_mbps: int | None
    duplex: Literal["full", "half"] | None
    mtu_bytes: int
    rx_errors: int
    tx_errors: int
    rx_bytes: int
    tx_bytes: int
    rx_packets: int = 0
    tx_packets: int = 0
    adapter: Adapter | None = None
    usb_mbps: int | None = None
    carrier_changes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostSample:
    """The station at one moment: monotonic second, interface counters, and what its cores did since the sample before.

    `busy` and `softirq` are permille of each core's time; None where this machine has nothing that tells.
    """

    at_s: float
    rx_bytes: int
    tx_bytes: int
    rx_packets: int
    tx_packets: int
    busy: tuple[int, ...] = ()
    softirq: tuple[int, ...] = ()
    throttling: Literal["none", "under_voltage", "throttled"] | None = None
    celsius: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Echoes:
    """Answers to a burst of ICMP echo requests: how many were sent, and the round trips of those answered, in ms."""

    sent: int
    rtts_ms: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What a task on the wire saw, line by line, and the failure that it ended with, if any."""

    lines: tuple[Mapping[str, Any], ...] = ()
    failure: Failure | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """One interval of a throughput run: payload bytes in so many microseconds; omitted where it is not counted."""

    payload_bytes: int
    us: int
    omitted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """What the reflector counted of a run, over the same window, and signed; `ok` is false where it was the limit.

    Zero microseconds where it saw too little of the window.
    """

    payload_bytes: int
    us: int
    ok: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One throughput run as its receiver counted it: payload bytes over the counted window, and all its seconds.

    The seconds are the station's own: what it received going down, what it handed to TCP going up.
    """

    payload_bytes: int
    us: int
    seconds: tuple[Second, ...]
    retransmits: int | None
    congestion_control: str
    raw: bytes
    witness: Witness | None = None

    @property
    def mbps(self) -> float:
        """Payload rate in decimal Mbit/s."""
        return self.payload_bytes * 8 / self.us


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """How throughput is measured: seconds discarded, seconds averaged, parallel connections, and what counts of them.

    `rounds` runs make one figure by `statistic`; `layer` says which bytes count; an empty congestion control leaves the
    choice to the sender. `window_bytes` is the buffer of each connection at both ends; 0 leaves it to the kernel.
    """

    discard_s: int
    average_s: int
    streams: int
    rounds: int = 1
    statistic: Statistic = "median"
    layer: Layer = "tcp_payload"
    family: Family = "auto"
    congestion_control: str = ""
    window_bytes: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class BothWays:
    """One run that filled the line in both directions at once."""

    down: Run
    up: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a run is: the second that has passed, discarded ones counted, and the rate on the wire in it."""

    direction: Direction
    second: int
    of_s: int
    mbps: float

    def to_json(self) -> dict[str, Any]:
        """The step as a JSON object of an event stream."""
        return {"event": "throughput"} | {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True, kw_only=True)
class Approach:
    """How a reflector is approached over the line: address, IP version, TCP timestamps, VLAN tags of our frames."""

    address: str
    family: int
    timestamps: bool = True
    tags: int = 0


class Clock(Protocol):
    """Wall time for stamps, monotonic time for durations."""

    def now(self) -> datetime:
        """The wall time, aware UTC."""

    def monotonic(self) -> float:
        """Seconds that never step."""


class Terminal(Protocol):
    """The ONT of the line."""

    def read(self) -> Reading:
        """Ask the ONT everything that its profile knows; each ONT quantity comes out once, as value or failure."""


class Host(Protocol):
    """The station itself."""

    def link(self, interface: str) -> Link | Failure:
        """State and counters of one interface of the line."""

    def watch(
        self, interface: str, *, until: Callable[[], bool], deadline_s: float, on_sample: Callable[[], None]
    ) -> tuple[HostSample, ...] | Failure:
        """Sample the station each second, at the beginning and once more at the end, until told to end."""


class Wire(Protocol):
    """Raw packets on the line's interface."""

    def ask(
        self,
        task: str,
        request: Mapping[str, Any],
        *,
        deadline_s: float,
        on_line: Callable[[Mapping[str, Any]], None] = lambda line: None,
        until: Callable[[], bool] | None = None,
    ) -> Heard:
        """Run one task of `diagnostics.wire`; `on_line` hears each line as it comes, `until` ends what waits for it."""

    def echo(self, address: str, *, count: int, interval_s: float) -> Echoes | Failure:
        """Send ICMP echo requests and time the answers."""


class Session(Protocol):
    """The subscriber's session on a line where the station itself dials."""

    def dial(self, tell: Callable[[str], None]) -> Heard:
        """Dial, and return what each stage came to; the session then stays up in the background."""

    def load_ratio(self) -> float:
        """The highest share of a processor that moving the session's packets wanted in any second since last asked."""

    def fault(self) -> Failure | None:
        """Why nothing can be measured inside the session; None while it holds."""

    def release(self) -> None:
        """End the session, whatever became of it; without one, and when called again, nothing happens."""


class Throughput(Protocol):
    """The engine that fills the line."""

    def approach(self, reflector: Reflector, family: Family) -> Approach | Failure:
        """Look up how a reflector is reached over the line, before a run."""

    def run(
        self, direction: Direction, reflector: Reflector, window: Window, on_second: Callable[[float], None]
    ) -> Run | Failure:
        """Fill the line in one direction; `on_second` is told the rate in Mbit/s seen so far, second by second."""

    def run_both(self, reflector: Reflector, window: Window, on_second: Callable[[float], None]) -> BothWays | Failure:
        """Fill the line in both directions at once; `on_second` is told the rate downwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruments:
    """The instruments of one line, together."""

    terminal: Terminal
    wire: Wire
    throughput: Throughput
    host: Host
    clock: Clock
    session: Session | None = None


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        """The wall time, aware UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Seconds that never step."""
        import time

        return time.monotonic()
