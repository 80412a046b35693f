"""Frauds at the gate: whom a reflector's gate must not admit, as its own tests list them."""

from collections.abc import Callable
from functools import partial

from agent.reflector.gate import Refused
from tests.agent.reflector.conftest import House as GateHouse
from tests.agent.reflector.test_gate import REFUSED
from tests.frauds.fraud import Fraud
from tests.frauds.house import Ending, House

Asked = Callable[[GateHouse], tuple[str, str]]


def asking(asked: Asked, house: House, kind: type[GateHouse] = GateHouse) -> Ending:
    """What a gate says to who asks so."""
    gate = kind(ring=house.ring, folder=house.folder / "reflector")
    try:
        gate.gate.admit(*asked(gate), "127.0.0.1")
    except Refused as error:
        return Ending(decision="not admitted", words=str(error))
    finally:
        gate.gate.close()
        gate.face.server_close()
    return Ending(decision="went through", words="")


def twice(house: House) -> Ending:
    """A proof that was overheard is shown again."""

    def asked(gate: GateHouse) -> tuple[str, str]:
        order = gate.order()
        proof = gate.proof(order)
        gate.gate.admit(order.token, proof, "127.0.0.1")
        return order.token, proof

    return asking(asked, house)


FRAUDS = {
    "proof shown twice": Fraud(twice, "not admitted", "or was used"),
    **{
        f"at the gate, {name}": Fraud(partial(asking, asked), "not admitted", words)
        for name, (asked, words) in REFUSED.items()
        if name != "no order"  # clumsy, no fraud
    },
}
