"""Frauds with runs and receipts: somebody else's server, somebody else's run, a better figure."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent.order_book import OrderBook
from tests.agent import orders
from tests.diagnostics.fakes import LIT, instruments, measured, run_at
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, House, stated

OTHER = "7" * 64
SLOW = 500.0


def local_server(house: House) -> Ending:
    """The runs go to an iperf3 server on the technician's own table."""
    station = house.station()
    house.test(station, house.order())
    return house.hand_in(station)


def laptop(house: House) -> Ending:
    """The reflector's name leads to a laptop that admits everybody and signs with a key of its own."""
    station = house.station()
    house.test(station, house.order(), gates=house.kernel(house.ring.stranger))
    return house.hand_in(station)


def laptop_believed(house: House) -> Ending:
    """The same, and the station's own trust file pins the laptop's key as the reflector's."""
    genuine = house.trust.keys[house.ring.reflector.kid]
    false = replace(genuine, kid=house.ring.stranger.kid, x=house.ring.stranger.x)
    house.trust_of_station = replace(house.trust, keys={**house.trust.keys, false.kid: false})
    return laptop(house)


def a_for_b(house: House) -> Ending:
    """The runs are admitted under order A, and the result is sealed for order B."""
    station, other = house.station(), house.order("WO-0")
    tokens = house.claim(station, house.order("WO-1"), down={"order": other.ref.anchor}, up={"order": other.ref.anchor})
    return house.hand_in(station, *tokens)


def a_for_b_in_a_bundle(house: House) -> Ending:
    """The same, shown to somebody who has no ledger."""
    station, other, given = house.station(), house.order("WO-0"), house.order("WO-1")
    OrderBook(station).admit(given)
    house.claim(station, given, down={"order": other.ref.anchor})
    return house.verified(station)


def pass_over_failing(house: House) -> Ending:
    """The numbers fail, and the station writes accepted over them."""
    station = house.station()
    station.lie = lambda result: replace(result, outcome="accepted")
    house.test(station, house.order(), instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    return house.hand_in(station)


def pass_in_a_bundle(house: House) -> Ending:
    """The same, shown to somebody who has no ledger."""
    station = house.station()
    station.lie = lambda result: replace(result, outcome="accepted")
    house.test(station, house.order(), instruments(down=run_at(SLOW)), house.kernel(mbps=SLOW))
    return house.verified(station)


def higher_figure(house: House) -> Ending:
    """The runs are slow and so signed; the figure above them is not."""
    station, given = house.station(), house.order()
    slow = house.rehearsed(given, instruments(down=run_at(SLOW)))
    good = house.rehearsed(given)
    house.claim(station, given, result=replace(good, runs=slow.runs), down=_series(SLOW))
    return house.hand_in(station)


def rate_beside_its_bytes(house: House) -> Ending:
    """Bytes and time are the signed ones, the rate beside them is a better one."""
    station, given = house.station(), house.order()
    slow = house.rehearsed(given, instruments(down=run_at(SLOW)))
    good = {m.name: m for m in house.rehearsed(given).measurements}
    kept = ("throughput_down_bytes", "throughput_down_us")
    mixed = [m if m.name in kept else good.get(m.name, m) for m in slow.measurements]
    result = replace(house.rehearsed(given), runs=slow.runs, measurements=tuple(mixed))
    house.claim(station, given, result=result, down=_series(SLOW))
    return house.hand_in(station)


def _series(mbps: float) -> dict[str, Any]:
    made = stated("down", mbps=mbps)
    return {"series": made.series, "bytes": made.bytes}


def apart(house: House) -> Ending:
    """The station counts what never crossed the line."""
    station = house.station()
    house.claim(station, house.order(), down=_series(800))
    return house.hand_in(station)


def limit_of_the_reflector(house: House) -> Ending:
    """Half of the window is all that the reflector saw of a run that the station calls whole."""
    station = house.station()
    house.claim(station, house.order(), down={"series": stated("down").series[:3]})
    return house.hand_in(station)


def run_one_for_two(house: House) -> Ending:
    """The receipt of the first run is named for the second as well."""
    station = house.station()
    station.lie = lambda result: replace(result, receipts=(result.receipts[0],) * 2)
    house.test(station, house.order(), gates=house.kernel())
    return house.hand_in(station)


def exchanged(house: House) -> Ending:
    """Each of two runs shows the other's receipt."""
    station = house.station()
    station.lie = lambda result: replace(result, receipts=result.receipts[::-1])
    house.test(station, house.order(), gates=house.kernel())
    return house.hand_in(station)


def of_another_station(house: House) -> Ending:
    """Another station, on a better line, is admitted in this attempt's name."""
    station = house.station()
    house.claim(station, house.order(stations=("station-1", "station-2")), down={"station": "station-2"})
    return house.hand_in(station)


def of_another_attempt(house: House) -> Ending:
    """The good run of a failed attempt stands for one that was never made."""
    station, given = house.station(), house.order()
    dark = instruments(ont=(measured("ont_rx_power_dbm", -31.0), *LIT[1:]))
    house.test(station, given, dark, house.kernel())
    first = station.links[0].digest
    house.claim(station, given, down={"open": first}, up={"open": first})
    return house.hand_in(station)


def of_another_run(house: House) -> Ending:
    """The reflector hands out an older receipt of its own."""
    station = house.station()
    house.test(station, house.order(), gates=house.kernel(open=OTHER))
    return house.hand_in(station)


def in_anothers_name(house: House) -> Ending:
    """A genuine reflector's key signs in the name of the one that the order names."""
    station = house.station()
    house.pin(house.ring.stranger, "reflector", "reflector-9")
    house.claim(station, house.order(), signer=house.ring.stranger)
    return house.hand_in(station)


def of_an_unnamed_reflector(house: House) -> Ending:
    """A genuine reflector that the order does not name, next door to the technician."""
    station = house.station()
    house.pin(house.ring.stranger, "reflector", "reflector-9")
    other = {"reflector": "reflector-9"}
    house.claim(station, house.order(), down=other, up=other, signer=house.ring.stranger)
    return house.hand_in(station)


def of_a_broken_run(house: House) -> Ending:
    """The run broke off, and the station calls it whole."""
    station = house.station()
    house.claim(station, house.order(), down={"state": "aborted"})
    return house.hand_in(station)


def one_run_too_late(house: House) -> Ending:
    """One run was made before the order was signed, the other within its time."""
    station = house.station()
    house.claim(station, house.order(), down={"admitted_at": orders.ISSUED - timedelta(hours=1)})
    return house.hand_in(station)


FRAUDS = {
    "local iperf3 server": Fraud(local_server, "review", "no reflector signed what it saw of the download"),
    "reflector name pointed at a laptop": Fraud(laptop, "review", "is not in the trust file"),
    "laptop that the station believes": Fraud(laptop_believed, "review", "is not here"),
    "result of order A for order B": Fraud(a_for_b, "review", "is not here"),
    "result of order A for order B, in a bundle": Fraud(a_for_b_in_a_bundle, "invalid", "receipt is for another order"),
    "verdict pass over failing numbers": Fraud(pass_over_failing, "rejected", "the station called it accepted"),
    "verdict pass over failing numbers, in a bundle": Fraud(pass_in_a_bundle, "invalid", "judged again rejected"),
    "figure above the signed runs": Fraud(higher_figure, "review", "is more than both ends signed"),
    "rate that its bytes do not give": Fraud(rate_beside_its_bytes, "review", "does not follow from its bytes"),
    "figures of both ends apart": Fraud(apart, "review", "more than 5% apart"),
    "run that the reflector saw half of": Fraud(limit_of_the_reflector, "review", "saw too little of the window"),
    "receipt of run 1 for run 2": Fraud(run_one_for_two, "review", "one receipt is named for two runs"),
    "receipts exchanged": Fraud(exchanged, "review", "its receipt is for the other direction"),
    "receipt of another run at an honest station": Fraud(of_another_run, "review", "the receipt is for another run"),
    "receipt in another reflector's name": Fraud(in_anothers_name, "review", "is not here"),
    "receipt of another station": Fraud(of_another_station, "review", "its receipt is for station station-2"),
    "receipt of another attempt": Fraud(of_another_attempt, "review", "its receipt is for another attempt"),
    "reflector that the order does not name": Fraud(of_an_unnamed_reflector, "review", "which the order does not name"),
    "receipt of a run that broke off": Fraud(of_a_broken_run, "review", "its receipt says aborted"),
    "run outside the order's time": Fraud(one_run_too_late, "review", "admitted outside the order's time"),
}
