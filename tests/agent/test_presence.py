"""Whether a station is there is told by the living one: births and deaths are counted, and the last word is a birth."""

import json
from pathlib import Path

from agent.chain import Chain
from agent.mqtt_link import Connected, Published, Received, Subscribed, Will
from agent.presence import Presence
from tests.agent.acceptor.conftest import visit
from tests.agent.broker import Broker
from tests.agent.conftest import Ring
from tests.agent.delivering import Person, acceptor, delivery, running, somebody

TOPIC = "prooflight/v1/north/station-1"


def test_a_will_after_a_new_birth_is_known_by_its_number_and_is_not_the_last_word(
    tmp_path: Path, broker: Broker, ring: Ring, station: Chain
) -> None:
    visit(station)
    births = station.journal.directory.parent / "births"
    will = Presence(station, TOPIC, births).will()  # of a connection that is about to die
    with acceptor(tmp_path, broker, ring), somebody(broker, "support") as support:
        support.link.subscribe(f"{TOPIC}/state")
        support.expect(Subscribed)
        with running(delivery(station, broker, ring, have_every_s=0.2).run):
            assert state(support) == (True, 2)
            with somebody(broker) as late:
                late.link.publish(will.topic, will.payload, retain=True)
                late.expect(Published)
            while state(support) != (False, 1):
                pass
            assert state(support) == (True, 2), "the birth is said again, and stays with the broker"


def state(person: Person) -> tuple[bool, int]:
    told = person.expect(Received)
    person.link.acknowledge(told)
    made = json.loads(told.payload)
    return made["on"], made["bd"]


def test_the_broker_tells_of_a_station_that_was_cut_off(tmp_path: Path, broker: Broker) -> None:
    with somebody(broker, "support") as support:
        support.link.subscribe(f"{TOPIC}/state")
        support.expect(Subscribed)
        will = Will(topic=f"{TOPIC}/state", payload=b'{"on":false,"bd":1}', delay_s=0)
        gone = Person(broker, "gone", will)
        gone.expect(Connected)
        gone.cut_off()
        assert state(support) == (False, 1)
