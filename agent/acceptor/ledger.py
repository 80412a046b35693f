"""The ledger: one row for each record in its place of a station's chain, with the acceptance that answers it.

Row, ruling, signed acceptance and closed work order are one transaction: all of it lies on the disk or none of it.
The same record again gets the same acceptance; another one in the same place is equivocation and closes nothing more.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from agent import review, seal
from agent.acceptor.answering import signed
from agent.acceptor.desk import Facts, Ruling, decide
from agent.acceptor.ledger_chains import Chains
from agent.acceptor.ledger_circuits import Circuits
from agent.acceptor.ledger_database import LedgerError, is_everybodys
from agent.acceptor.ledger_engines import connect
from agent.acceptor.ledger_fleet import Fleet
from agent.acceptor.ledger_openings import Openings
from agent.acceptor.ledger_orders import Orders
from agent.acceptor.ledger_review_queue import in_review
from agent.acceptor.ledger_reviews import Reviews
from agent.acceptor.ledger_visits import visited
from agent.acceptor.office import Answer, Arrival, Office, Witnessed, remembered
from agent.acceptor.placing import place_of
from agent.acceptor.reviewing import InReview, ReviewRefused, refusal, ruling
from agent.acceptor.ticket_outbox import OutboxTickets
from agent.acceptor.tickets import News, Tickets
from agent.acknowledgement import supersedes
from agent.config_ledger import LedgerPlace
from agent.record import OrderRef
from agent.review import Review
from diagnostics.measurement import sanitised


class Ledger:
    """The acceptor's database; several acceptors may share one."""

    def __init__(self, place: LedgerPlace, office: Office) -> None:
        self._office = office
        self.connection = connect(place)
        self.chains = Chains(self.connection)
        self.orders = Orders(self.connection)
        self.openings = Openings(self.connection)
        self.reviews = Reviews(self.connection)
        self.circuits = Circuits(self.connection)
        self.fleet = Fleet(self.connection)
        self.tickets: Tickets = OutboxTickets(self.connection, office.told)

    def take(self, arrival: Arrival) -> list[Answer]:
        """Enter a record and whatever waited for it; the answers to send, once they lie on the disk.

        No answer at all means that the record waits for an earlier one of its chain, or for the look-up of lines.
        """
        return self.enter([arrival])[0][0]

    def enter(
        self, arrivals: Sequence[Arrival], receipts: Sequence[Witnessed] = (), at: str = ""
    ) -> tuple[list[list[Answer]], list[Witnessed]]:
        """Enter what has come in one transaction; the answers to each record, and which of the receipts were new.

        What fails for one fails for all. `at` is when the receipts came.
        """
        locks = {lock for arrival in arrivals for lock in _locks(arrival)}

        def work() -> tuple[list[list[Answer]], list[Witnessed]]:
            new = [each for each in receipts if self.orders.note_receipt(each.token, each.receipt.order, at)]
            with self.fleet.together():
                return [list(self._take(each)) for each in arrivals], new

        return self.connection.transact(work, *locks)

    def issue(self, token: str, ref: OrderRef, at: str, circuit: str = "") -> None:
        """Enter a signed order; from now on nothing else closes its work order. LedgerError where it is closed.

        `circuit` is the keyed digest of the order's circuit, where that is known here.
        """

        def work() -> None:
            self.orders.enter(token, at)
            if circuit:
                self.circuits.enter(circuit, ref.id)
                self.fleet.place(ref.id, circuit)
            if not self.tickets.expect(ref, "an order was issued", at):
                where = self.connection.where
                raise LedgerError(f"{where}: work order {ref.id} is closed; give the new job another id")
            self.fleet.issued(token, at)

        self.connection.transact(work, _order_lock(ref.id))

    def retake(self, at: datetime, tell: Callable[[str], None] = lambda words: None) -> list[Answer]:
        """Try again to enter what waited for the look-up of lines; the answers to send.

        A record that cannot be entered is told and goes on waiting, the others are entered.
        """
        answers: list[Answer] = []
        for arrival in self.chains.ready(at) if self._office.lookup() is not None else ():
            try:
                answers += self.take(arrival)
            except Exception as error:
                if is_everybodys(error):
                    raise
                where = f"{arrival.record.station} {arrival.record.epoch}/{arrival.record.seq}"
                tell(f"{where}: waits, it cannot be entered: {sanitised(f'{type(error).__name__}: {error}', 200)}")
        return answers

    def known(self, digest: str) -> InReview:
        """All that a person needs to decide on a result; ReviewRefused where it is none."""
        return in_review(self.connection, self._office.load_criteria, digest)

    def review(self, made: Review, token: str, at: datetime) -> Answer:
        """Do what a person decided, whose seal the caller verified; ReviewRefused where that cannot be."""

        def work() -> Answer:
            known = self.known(made.record)
            if words := refusal(made, known):
                raise ReviewRefused(f"record {made.record[:12]}: {words}")
            decided, arrival = ruling(made, known), known.arrival(at)
            facts = self._facts(arrival, self.chains.quarantined(arrival))
            answer = signed(self._office, arrival, decided, facts, token)
            self.reviews.write(made, token, known.token, at.isoformat())
            self.chains.answer_anew(made.record, decided, answer)
            with self.fleet.together():
                self._settle(arrival, decided, person=True)
            return Answer(station=arrival.record.station, token=answer, repeat=False, words=_words(decided))

        return self.connection.transact(work, *_locks(self.known(made.record).arrival(at)))

    def revoke(self, digest: str, reason: str) -> None:
        """Note that a signed order is withdrawn: nothing is closed by it any more."""
        self.connection.transact(lambda: self.orders.revoke(digest, reason))

    def forget(self, order_id: str) -> int:
        """Give up the openings of a work order's records for good, and its circuit; how many openings there were."""

        def work() -> int:
            self.circuits.forget(order_id)
            self.fleet.place(order_id, "")
            return self.openings.forget(order_id)

        return self.connection.transact(work, _order_lock(order_id))

    def note_sent(self, digest: str, at: datetime) -> None:
        """Note that the broker took what a station is to be told of a person's decision."""
        self.connection.transact(lambda: self.reviews.note_sent(digest, at.isoformat()))

    def hear(self, kid: str, station: str, at: datetime) -> None:
        """Note that a station spoke to us, though it has nothing to deliver."""
        self.connection.transact(lambda: self.chains.hear(kid, station, at))

    def note(self, witnessed: Witnessed, at: str) -> bool:
        """Enter a receipt that a reflector sent; whether it was new."""
        return bool(self.enter([], [witnessed], at)[1])

    def close(self) -> None:
        """Let go of the database."""
        self.connection.close()

    def _take(self, arrival: Arrival) -> Iterator[Answer]:
        if arrival.opening is not None:
            self.openings.keep(arrival.envelope.digest, arrival.opening)
        for each in arrival.receipts:
            self.orders.note_receipt(each.token, each.receipt.order, arrival.at.isoformat())
        coming: Arrival | None = arrival
        while coming is not None and (answer := self._enter(coming)) is not None:
            yield answer
            coming = self.chains.waiting_behind(coming)
            if coming is not None:
                self.connection.lock(*_locks(coming))

    def _enter(self, arrival: Arrival) -> Answer | None:
        station, around = arrival.record.station, self.chains.around(arrival)
        place = place_of(arrival.record, arrival.envelope.digest, around)
        if place.standing == "repeat" and around.acceptance:
            if back := self._decided_elsewhere(arrival, around.acceptance):
                return back
            return Answer(station=station, token=around.acceptance, repeat=True, words="repeated", place=arrival.name)
        if place.standing == "early":
            self.chains.park(arrival)
            return None
        if place.fault:
            self.chains.quarantine(arrival, place.fault)
        facts = self._facts(arrival, self.chains.quarantined(arrival) if place.fault or around.quarantined else "")
        made = decide(arrival.record, facts)
        if made.awaited:
            self.chains.park(arrival)
            return None
        before = None if facts.quarantine or arrival.remembered is None else arrival.remembered.token
        token = before or signed(self._office, arrival, made, facts)
        if place.fault:
            self.chains.write_equivocation(arrival, token)
        else:
            self.chains.write(arrival, made, token)
            if around.waiting is not None:
                self.chains.unpark(arrival)
            self._settle(arrival, made)
            self._remember_review(arrival)
        again = before is not None
        return Answer(station=station, token=token, repeat=again, words=_words(made), place=arrival.name)

    def _decided_elsewhere(self, arrival: Arrival, here: str) -> Answer | None:
        """Take back what a person decided on a record that is left to a person `here`; None where he did not."""
        given = arrival.remembered
        if given is None or not supersedes(given.acceptance, remembered(here).acceptance):
            return None
        facts = self._facts(arrival, self.chains.quarantined(arrival))
        if facts.quarantine:
            return None
        made = decide(arrival.record, facts)
        self.chains.answer_anew(arrival.envelope.digest, made, given.token)
        self._settle(arrival, made, person=True)
        self._remember_review(arrival)
        station = arrival.record.station
        return Answer(station=station, token=given.token, repeat=True, words=_words(made), place=arrival.name)

    def _remember_review(self, arrival: Arrival) -> None:
        """Take back what a person decided, where the station brings the acceptance that says so and we have lost it."""
        if arrival.remembered is not None and (token := arrival.remembered.acceptance.review):
            made = review.from_json(seal.content(seal.read(token, typ=seal.REVIEW)))
            self.reviews.write(made, token, "", arrival.at.isoformat(), sent=True)

    def _facts(self, arrival: Arrival, quarantine: str) -> Facts:
        """What the desk is to know; of the work order only where a result or a visit is ruled on."""
        record = arrival.record
        order = record.order if record.tx in ("E", "V") else None
        read = {seal.digest_of(each.token): each.receipt for each in arrival.receipts}
        return Facts(
            quarantine=quarantine,
            ticket=self.tickets.state(order) if order else "open",
            chain=self.chains.state(arrival),
            close_unanchored=self._office.close_unanchored,
            load_criteria=self._office.load_criteria,
            at=arrival.at,
            order=self.orders.known(order.anchor, read) if order else None,
            lookup=self._office.lookup() if order else None,
            given=arrival.remembered.acceptance if arrival.remembered else None,
            visited=visited(self.connection, arrival.envelope.kid, record),
        )

    def _settle(self, arrival: Arrival, made: Ruling, *, person: bool = False) -> None:
        order, at = arrival.record.order, arrival.at.isoformat()
        if order is None:
            return
        self.fleet.note(arrival, made)
        why = f"{made.decision}: " + "\n".join(made.reasons)
        if arrival.record.tx == "B":
            self.orders.note_attempt(order.anchor, arrival.envelope.digest)
        if made.decision != "closed":
            self.tickets.note(order, why, at)
        elif not self.tickets.close(order, arrival.envelope.digest, why, at) and not arrival.remembered:
            where = self.connection.where
            raise LedgerError(f"{where}: work order {order.id} was closed by another hand meanwhile; start again")
        news = News(
            record=arrival.envelope.digest,
            tx="" if person else arrival.record.tx,
            decision=made.decision,
            why="; ".join(made.reasons),
            at=arrival.at,
            again=arrival.remembered is not None,
        )
        self.tickets.tell(order, news)


def _locks(arrival: Arrival) -> tuple[str, ...]:
    """What the transaction around a record must be alone with: its chain and its work order."""
    order = arrival.record.order
    return (f"chain {arrival.envelope.kid}", *((_order_lock(order.id),) if order else ()))


def _order_lock(order_id: str) -> str:
    return f"order {order_id}"


def _words(made: Ruling) -> str:
    return f"{made.decision}: {'; '.join(made.reasons)}"
