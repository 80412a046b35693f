"""A customer line on paper: what was ordered on it, how it is built, and what is wrong with it; then the line itself.

Faults are put into the line - into the virtual ONT, the namespaces, the peers - and never into what is measured; only
what this machine cannot have wrong with itself (its adapter, its heat) is put on at the Host seam.
"""

import contextlib
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from random import Random
from typing import Any

from diagnostics.instruments import Host
from diagnostics.line import Multicast, Names, Ordered, Registrar
from diagnostics.secret import Secret
from drivers.virtual.decay import Decay
from drivers.virtual.edited_ont import Edit
from drivers.virtual.line import GATEWAY_ADDRESS, ONT_ADDRESS, REFLECTOR_ADDRESS, SECOND_REFLECTOR_ADDRESS, VirtualLine
from drivers.virtual.line_servers import KNOWN_ADDRESS, KNOWN_NAME, Addressing, serve_addresses
from drivers.virtual.ont_kind import OntKind, kinds_with
from drivers.virtual.shaping import shaped_mbit

PON_PORT, ONU_ID = "0/2/5", 17
OLT_FAMILY, OLT_TRANSPORT, OLT_ADDRESS = "huawei_smartax_olt", "telnet", GATEWAY_ADDRESS
RATES_MBPS = (20.0, 30.0, 50.0, 100.0)  # what two cores carry several of side by side
OnLine = Callable[[VirtualLine], object]
Account = tuple[str, Secret]  # a user and its password


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One line. Rates are of TCP payload in Mbit/s; `on_line` is done in order to the line once it stands.

    `ont_optics` is what the ONT's module says, as far as its kind tells it, before `ont_edits`; `ont_faults` are fields
    of `drivers.virtual.ont.Faults`. `reflectors` are those that serve; `host` wraps the station.
    """

    ordered: Ordered
    down_mbps: float
    up_mbps: float
    ont: OntKind
    ont_state: str = "lit"
    ont_optics: Mapping[str, float] = field(default_factory=dict)
    ont_edits: tuple[Edit, ...] = ()
    ont_login_right: bool = True
    ont_known: bool = True  # whether the station is told the family, or must recognise it
    ont_faults: Mapping[str, Any] = field(default_factory=dict)
    ont_decay: Decay = field(default_factory=Decay)
    olt_edits: tuple[Edit, ...] | None = None  # what its OLT says otherwise; None where the station asks no OLT
    fibre: bool = True
    delay_ms: float = 0.0
    reflectors: tuple[str, ...] = (REFLECTOR_ADDRESS, SECOND_REFLECTOR_ADDRESS)
    addressing: Addressing | None = field(default_factory=Addressing)
    names: Names = field(default_factory=lambda: Names(truth_name=KNOWN_NAME, truth_addresses=(KNOWN_ADDRESS,)))
    account: Account | None = None  # with which the station dials
    multicast: Multicast | None = None
    registrar: Registrar | None = None
    telephone: Account | None = None  # with which it registers
    on_line: tuple[OnLine, ...] = ()
    host: Callable[[Host], Host] = lambda host: host

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All that this line's ONT says otherwise than its capture."""
        told = {what: value for what, value in self.ont_optics.items() if what in self.ont.says}
        return (*(self.ont.edit(what, value) for what, value in told.items()), *self.ont_edits)

    def says(self, what: str, value: Any = "") -> "Plan":
        """The plan with an ONT that says another value, in its own words."""
        return self.edited(self.ont.edit(what, value))

    def edited(self, *edits: Edit) -> "Plan":
        """The plan with more of the ONT's words changed."""
        return replace(self, ont_edits=(*self.ont_edits, *edits))

    def then(self, *steps: OnLine) -> "Plan":
        """The plan with more done to the line."""
        return replace(self, on_line=(*self.on_line, *steps))


def clean(random: Random, needs: Iterable[str] = ()) -> Plan:
    """A healthy line: its rates a little above the order, its light well inside the window, an ONT that has `needs`."""
    kind = Random(random.getrandbits(64)).choice(kinds_with(needs))  # one draw, however many there are
    down, up = random.choice(RATES_MBPS), random.choice(RATES_MBPS[:3])
    return Plan(
        ordered=Ordered(
            services=("broadband",),
            down_mbps=down,
            up_mbps=up,
            mode="bridge",
            ont_serial=kind.serial,
            pon_port=PON_PORT,
            onu_id=ONU_ID,
        ),
        ont=kind,
        ont_optics={
            "rx-power": random.uniform(-22.5, -14.0),
            "tx-power": random.uniform(1.2, 4.0),
            "bias-current": random.uniform(8.0, 22.0),
            "temperature": random.uniform(32.0, 58.0),
        },
        down_mbps=down * random.uniform(0.97, 1.08),
        up_mbps=up * random.uniform(0.97, 1.08),
        delay_ms=random.choice((0.0, 0.0, random.uniform(1, 15))),
    )


_EDITED_ONT = (sys.executable, "-m", "drivers.virtual.edited_ont")


@contextlib.contextmanager
def standing(plan: Plan) -> Iterator[VirtualLine]:
    """The line as planned, with its ONT and reflectors; all of it is gone when the context ends."""
    with VirtualLine(
        down_mbit=shaped_mbit(plan.down_mbps),
        up_mbit=shaped_mbit(plan.up_mbps),
        fibre=plan.fibre,
        delay_ms=plan.delay_ms,
    ) as line:
        for address in plan.reflectors:
            line.serve_reflector(address)
        line.ont.start_until("serving", [*_EDITED_ONT, _ont(plan)])
        if plan.olt_edits is not None:
            line.access.start_until("serving", [*_EDITED_ONT, _olt(plan.olt_edits)])
        if plan.addressing is not None:
            serve_addresses(line, plan.addressing)
        for step in plan.on_line:
            step(line)
        yield line


def _ont(plan: Plan) -> str:
    return json.dumps(
        {
            "family": plan.ont.family,
            "state": plan.ont_state,
            "edits": plan.edits,
            "faults": dict(plan.ont_faults),
            "decay": asdict(plan.ont_decay),
            "transport": plan.ont.transport,
            "host": ONT_ADDRESS,
            "port": plan.ont.port,
        }
    )


def _olt(edits: tuple[Edit, ...]) -> str:
    way = {"transport": OLT_TRANSPORT, "host": OLT_ADDRESS, "port": 23}
    return json.dumps({"family": OLT_FAMILY, "state": "lit", "edits": edits, "faults": {}, "decay": {}, **way})
