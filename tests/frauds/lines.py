"""Frauds with the line and the ONT: another way out, another ONT, another house."""

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network
from typing import Any

from agent.acceptor.line_binding import Circuit, Lease, lookup_in
from diagnostics.instruments import Instruments
from diagnostics.measurement import Measurement
from tests.agent import orders
from tests.diagnostics.fakes import LINK, LIT, instruments, measured
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, House

RX, SERIAL, *REST = LIT
NEIGHBOUR = measured("ont_pon_serial", "HWTC00C0FFEE")
DOWN_BYTES, UP_BYTES = 1_756_875_000, 187_000_000  # what the station's interface saw of both runs
MOVED = replace(LINK, rx_bytes=DOWN_BYTES, tx_bytes=UP_BYTES, rx_packets=1_200_000, tx_packets=600_000)
PHONE = "203.0.113.0/24"


def _counted(down: int, up: int, *more: Measurement) -> tuple[Measurement, ...]:
    """The ONT with what its LAN port has counted."""
    octets = (measured("ont_lan_tx_bytes", down, "lan1"), measured("ont_lan_rx_bytes", up, "lan1"))
    return (*(more or LIT), *octets)


def _bench(before: tuple[Measurement, ...], after: tuple[Measurement, ...]) -> Instruments:
    return instruments(ont=before, ont_later=after, links=(LINK, MOVED))


def _tested(house: House, bench: Instruments | None = None, **changes: Any) -> Ending:
    station = house.station()
    house.test(station, house.order(), bench, house.kernel(**changes))
    return house.hand_in(station)


def _leases(house: House) -> None:
    begin = orders.ISSUED - timedelta(days=9)
    ours = Circuit(olt="HZW-OLT-03", pon_port="0/2/5", onu_id=17)
    next_door = replace(ours, onu_id=18)
    prefixes = (("198.18.0.0/24", ours), ("198.18.7.0/24", next_door))
    house.lookup = lookup_in(
        Lease(prefix=ip_network(prefix), begin=begin, end=None, circuit=circuit) for prefix, circuit in prefixes
    )


def bound(house: House) -> Ending:
    """No fraud: the ordered line, and everything that can be looked at agrees."""
    _leases(house)
    before = _counted(5_000, 7_000)
    return _tested(house, _bench(before, _counted(5_000 + DOWN_BYTES, 7_000 + UP_BYTES)))


def hotspot(house: House) -> Ending:
    """The station's test leaves by a telephone, whose network is fast today."""
    _leases(house)
    return _tested(house, source=PHONE)


def next_door(house: House) -> Ending:
    """The neighbour's line, by a station that says it read the ordered ONT."""
    _leases(house)
    return _tested(house, source="198.18.7.0/24")


def next_door_honestly(house: House) -> Ending:
    """The neighbour's ONT, by a station that says what it read."""
    return _tested(house, instruments(ont=(RX, NEIGHBOUR, *REST)))


def idle_port(house: House) -> Ending:
    """The ONT's port carries nothing but the questions of the station; the test went another way."""
    return _tested(house, _bench(_counted(5_000, 7_000), _counted(905_000, 607_000)))


def flat(house: House) -> Ending:
    """The ONT's counters stand where they stood."""
    return _tested(house, _bench(_counted(5_000, 7_000), _counted(5_000, 7_000)))


def flat_beside(house: House) -> Ending:
    """The counters of the station's port stand still, and those of another port move."""
    other = [measured("ont_lan_tx_bytes", n, "lan2") for n in (11_000, 11_000 + DOWN_BYTES)]
    before, after = (_counted(5_000, 7_000, *LIT, each) for each in other)
    return _tested(house, _bench(before, after))


def swapped(house: House) -> Ending:
    """The ordered ONT is read, another one is tested."""
    return _tested(house, instruments(ont=LIT, ont_later=(RX, NEIGHBOUR, *REST)))


def swapped_and_back(house: House) -> Ending:
    """The ordered ONT is read before and after, and was without power in between."""
    before, after = (*LIT, measured("ont_uptime_s", 90_000)), (*LIT, measured("ont_uptime_s", 40))
    return _tested(house, instruments(ont=before, ont_later=after))


def edited_rates(house: House) -> Ending:
    """The record says that a slower line was ordered."""
    station, given = house.station(), house.order()
    house.claim(station, given, ordered=replace(orders.discretion(given).ordered, down_mbps=500.0))
    return house.hand_in(station)


FRAUDS = {
    "phone hotspot": Fraud(hotspot, "review", "came from 203.0.113.0/24, which was no line of the operator's"),
    "neighbour's line": Fraud(next_door, "review", "which then served HZW-OLT-03 0/2/5 ONU 18, not the ordered line"),
    "neighbour's ONT": Fraud(next_door_honestly, "rejected", "by which the OLT knows the ONT"),
    "test that went another way": Fraud(idle_port, "review", "of the station's octets"),
    "ONT counters flat": Fraud(flat, "review", "octet counters stood still in the download and the upload"),
    "ONT counters flat beside moving ones": Fraud(flat_beside, "review", "counted 0.0% of the station's octets"),
    "ONT swapped between reading and test": Fraud(
        swapped, "rejected", "another ONT stands on the line than before the test"
    ),
    "ONT swapped in mid test": Fraud(swapped_and_back, "review", "the ONT restarted during the test"),
    "other serial than ordered": Fraud(next_door_honestly, "rejected", "as ordered"),
    "edited rates": Fraud(edited_rates, "review", "other ordered facts than the signed order"),
}
