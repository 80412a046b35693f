"""One ONT watched: a few quantities asked again and again in one session, for whoever cleans a connector meanwhile.

One log-in however long it lasts, and no question that the profile does not ask for these quantities. An answer is
certain only after the log-out; so what is told here is provisional and enters no record. The first trouble of the
conversation ends it, told as the failure of every quantity.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence

from diagnostics.measurement import Failure, Measurement
from drivers.conversation import finished
from drivers.look import Look
from drivers.ont import Ont
from drivers.profile import BANNER, WALK, Profile
from drivers.session import Answer, DriverError, LevelRefused, Session


def watch(
    ont: Ont, names: Sequence[str], *, pause: Callable[[], bool], monotonic: Callable[[], float]
) -> Iterator[Look]:
    """Look after look; `pause` waits for the next one's time, and is false where there is to be none."""
    refused: Failure | None = None
    while True:
        session: Session | None = None
        begin = monotonic()
        try:
            session = ont.session()
            asked = _Asked(ont, session, names, refused)
            while True:
                at = monotonic()
                yield Look(measurements=asked.look(), took_s=monotonic() - at, at_s=monotonic() - begin)
                if not (asked.again and pause()):
                    return
        except DriverError as error:
            if isinstance(error, LevelRefused) and refused is None:
                refused = error.failure
                ont.leave_out(refused.stage)
                continue
            took_s = monotonic() - begin
            made = ont.failed(names, error.failure)
            yield Look(measurements=made, took_s=took_s, at_s=took_s, trouble=made[0].failure)  # without secrets
            return
        finally:
            if session is not None:
                session.close()


class _Asked:
    """The questions for these quantities, in one open session."""

    def __init__(self, ont: Ont, session: Session, names: Sequence[str], refused: Failure | None) -> None:
        self._ont, self._session, self._names, self._refused = ont, session, names, refused
        self._profile = ont.identify(session)
        self._known: dict[str, Answer] = {BANNER: session.banner}
        wanted, row_names = _questions(self._profile, names)
        self.again = _repeatable(self._profile, wanted)
        once = Failure(kind="not_supported", stage="profile", detail="must not be asked again in one session")
        self._known |= {question: once for question in wanted if question not in self.again}
        if row_names:  # what the rows are called does not change while we look
            self._session.renew()
            self._known |= self._answers(row_names)

    def look(self) -> tuple[Measurement, ...]:
        self._session.renew()
        answers = {**self._known, **self._answers(self.again)}
        return self._ont.interpreted(self._names, self._profile, answers, self._refused)

    def _answers(self, questions: Sequence[str]) -> Mapping[str, Answer]:
        made = self._session.ask(questions)
        dialogue = self._profile.dialogue
        if dialogue is None or self._session.name == "snmp":
            return made
        return {q: finished(dialogue, q, text) if isinstance(text, str) else text for q, text in made.items()}


def _questions(profile: Profile, names: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is asked for these quantities in each look, and what once: how rows are called. In the dialogue's order."""
    readings = [profile.readings[name] for name in names if name in profile.readings]
    wanted = {reading.question for reading in readings}
    rows = {WALK + profile.rows[r.rows].oid for r in readings if r.oid and r.rows}
    asked = [question for question in profile.questions() if question != BANNER]
    return tuple(q for q in asked if q in wanted), tuple(q for q in asked if q in rows - wanted)


def _repeatable(profile: Profile, questions: Sequence[str]) -> tuple[str, ...]:
    """The questions that may follow one another for ever: where an order is demanded, those of its last rank."""
    if profile.dialogue is None:
        return tuple(questions)
    rank = profile.dialogue.rank
    last = max(map(rank, questions), default=-1)
    return tuple(question for question in questions if rank(question) in (-1, last))
