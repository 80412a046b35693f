"""One ONT: who it is, and everything that its profile knows how to read from it.

Whatever happens on the line, `read()` returns every ONT quantity, each as values or as one failure; values are decoded
only after the conversation is over. An ONT that no profile fits is `unknown_firmware` with what was seen, no guess.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from diagnostics.instruments import ProfileUsed
from diagnostics.instruments import Reading as OntReading
from diagnostics.measurement import Failure, Measurement
from diagnostics.quantities import ONT_QUANTITIES
from drivers.decode import Decoded, decode, row_names
from drivers.evidence import redacted, without
from drivers.profile import BANNER, GET, SYS_DESCR, SYS_OBJECT_ID, WALK, Profile, Reading, fits_system
from drivers.scrub import Scrub
from drivers.session import Answer, DriverError, LevelRefused, NotSupported, Session, UnknownFirmware

_UNTOLD = Failure(kind="not_supported", stage="profile", detail="no source says where this ONT tells it")
LOG_IN = "(log-in)"  # the name of what was heard before the first prompt, where a recording wants it
_SYSTEM = (GET + SYS_DESCR, GET + SYS_OBJECT_ID)


@dataclass(slots=True)
class _Heard:
    session: Session | None = None
    profile: Profile | None = None
    questions: tuple[str, ...] = ()
    answers: Mapping[str, Answer] = field(default_factory=dict)
    trouble: Failure | None = None
    refused_level: Failure | None = None


class Ont:
    """An ONT to be asked over one transport; `profiles` are the families that it may be of.

    `asked_of` stands in front of the transport in every source, where another device is asked about the ONT ("olt ").
    `scrub` is applied to the answers before anything is read from them, so that evidence and values agree.
    """

    def __init__(
        self,
        open_session: Callable[[tuple[Profile, ...]], Session],
        profiles: Sequence[Profile],
        transport: str,
        *,
        now: Callable[[], datetime],
        secrets: Sequence[str] = (),
        asked_of: str = "",
        scrub: Scrub | None = None,
    ) -> None:
        self._open = open_session
        self._profiles = tuple(p for p in profiles if transport in p.transports)
        self._transport = transport
        self._scrub = scrub
        self._way = asked_of + transport
        self._now = now
        self._secrets = tuple(secrets)

    def read(self) -> OntReading:
        """Ask the ONT everything that its profile knows; each ONT quantity comes out, as values or one failure."""
        heard = self._converse()
        if self._scrub:
            texts = {q: a for q, a in heard.answers.items() if isinstance(a, str)}
            texts |= {LOG_IN: heard.session.banner} if heard.session and heard.session.banner and texts else {}
            heard.answers = {**heard.answers, **self._scrub(texts)}
        taken_at = self._now()
        made = [m for name in ONT_QUANTITIES for m in self._measurements(heard, name, taken_at)]
        answers = {f"{self._way}: {q}": a for q, a in heard.answers.items() if isinstance(a, str)}
        return OntReading(
            measurements=tuple(made),
            evidence={s: redacted(a, self._secrets).encode() for s, a in answers.items()},
            profile=_used(heard.profile),
        )

    def session(self) -> Session:
        """A conversation of one's own, which the caller closes. Raises DriverError."""
        if not self._profiles:
            raise NotSupported("profile", f"no profile speaks {self._transport}")
        return self._open(self._profiles)

    def leave_out(self, level: str) -> None:
        """Hold every further conversation without the level that this word enters."""
        self._profiles = tuple(_without_level(profile, level) for profile in self._profiles)

    def interpreted(
        self, names: Sequence[str], profile: Profile, answers: Mapping[str, Answer], refused: Failure | None = None
    ) -> tuple[Measurement, ...]:
        """What answers say of these quantities; `refused`: a level that the ONT did not let us enter."""
        heard = _Heard(profile=profile, answers=answers, refused_level=refused)
        taken_at = self._now()
        return tuple(m for name in names for m in self._measurements(heard, name, taken_at))

    def failed(self, names: Sequence[str], trouble: Failure) -> tuple[Measurement, ...]:
        """These quantities, where the conversation broke off with this trouble."""
        heard, taken_at = _Heard(trouble=trouble), self._now()
        return tuple(m for name in names for m in self._measurements(heard, name, taken_at))

    def _converse(self) -> _Heard:
        """All that the ONT says; where a level is refused, what it says in a second conversation without that level."""
        heard = self._talk()
        refused = heard.refused_level
        if refused is None:
            return heard
        self.leave_out(refused.stage)
        without = self._talk()
        without.refused_level = refused
        return without if any(isinstance(answer, str) for answer in without.answers.values()) else heard

    def _talk(self) -> _Heard:
        heard = _Heard()
        try:
            heard.session = self.session()
            heard.profile = self.identify(heard.session)
            heard.questions = heard.profile.questions()
            base = next(p for p in self._profiles if p.family == heard.profile.family)
            known = {*self._asked_to_identify(heard.session), *_software_question(base), BANNER}
            heard.session.ask([q for q in heard.questions if q not in known])
        except LevelRefused as error:
            heard.trouble = heard.refused_level = error.failure
        except DriverError as error:
            heard.trouble = error.failure
        finally:
            heard.answers = _final(heard)
        return self._checked(heard)

    def identify(self, session: Session) -> Profile:
        """The profile that fits this ONT, with its firmware's overrides. Raises UnknownFirmware with what was seen."""
        answers = session.ask(self._asked_to_identify(session))
        profile = _recognised(self._candidates(session), session, answers)
        if profile is None:
            raise UnknownFirmware("identify", f"no profile fits: {_seen(session, answers)}")
        if profile.dialogue and self._transport != "snmp":
            session.adopt(profile.dialogue)
        reading = profile.readings.get("ont_software_version")
        if profile.firmwares and reading and reading.question not in (*answers, BANNER):
            answers = session.ask([reading.question])
        return profile.for_software(_software(profile, answers))

    def _candidates(self, session: Session) -> list[Profile]:
        if self._transport == "snmp":
            return list(self._profiles)
        return [p for p in (known.as_spoken(session.spoken) for known in self._profiles) if p]

    def _asked_to_identify(self, session: Session) -> tuple[str, ...]:
        if self._transport == "snmp":
            return _SYSTEM
        asked = [(*p.dialogue.first, p.identity.command) for p in self._candidates(session) if p.dialogue]
        return tuple(dict.fromkeys(question for questions in asked for question in questions if question))

    def _checked(self, heard: _Heard) -> _Heard:
        """What was heard, if the final answers still say that it is the ONT that was asked."""
        if heard.profile is None or heard.trouble or heard.session is None:
            return heard
        still = _recognised(self._candidates(heard.session), heard.session, heard.answers)
        if still is None or still.for_software(_software(still, heard.answers)) != heard.profile:
            heard.trouble = Failure(kind="unparseable", stage="identify", detail="the identity did not hold to the end")
            heard.answers = {}
        return heard

    def _measurements(self, heard: _Heard, name: str, taken_at: datetime) -> list[Measurement]:
        reading = heard.profile.readings.get(name) if heard.profile else None
        source = f"{self._way}: {reading.question}" if reading else self._way
        if heard.profile is None and heard.trouble:
            decoded: Sequence[Decoded] = (Decoded(failure=heard.trouble),)
        elif reading is None:
            decoded = (Decoded(failure=_UNTOLD),)
        else:
            answer = _answer(heard, reading)
            if isinstance(answer, Failure):
                decoded = (Decoded(failure=answer),)
            else:
                decoded = decode(reading, answer, _names(heard, reading))
        return [
            Measurement(
                quantity=name,
                index=one.index,
                value=without(one.value, self._secrets) if isinstance(one.value, str) else one.value,
                failure=self._without_secrets(one.failure),
                taken_at=taken_at,
                source=source,
                raw=without(one.raw, self._secrets) if one.value is not None else "",
            )
            for one in decoded
        ]

    def _without_secrets(self, failure: Failure | None) -> Failure | None:
        return failure and replace(failure, detail=without(failure.detail, self._secrets))


def _used(profile: Profile | None) -> ProfileUsed | None:
    if profile is None or not profile.digest:  # a family that nobody described yet has no file
        return None
    return ProfileUsed(family=profile.family, digest=profile.digest)


def _without_level(profile: Profile, word: str) -> Profile:
    if profile.dialogue is None or word not in profile.dialogue.first:
        return profile
    return replace(profile, dialogue=profile.dialogue.without_levels())


def _final(heard: _Heard) -> Mapping[str, Answer]:
    """All that was said, once the session is closed."""
    if heard.session is None:
        return {}
    answers = heard.session.close()
    return {**answers, BANNER: heard.session.banner} if BANNER in heard.questions else answers


def _recognised(profiles: Sequence[Profile], session: Session, answers: Mapping[str, Answer]) -> Profile | None:
    """The one profile that fits all that was seen, None where none or more than one does."""
    if session.name == "snmp":
        description, object_id = (_value(answers.get(question)) for question in _SYSTEM)
        fits = [p for p in profiles if fits_system(p, description, object_id)]
    else:
        fits = [p for p in profiles if _fits_shell(p, session, answers)]
    fits = [p for p in fits if not p.identity.last_resort] or fits
    return fits[0] if len(fits) == 1 else None


def _fits_shell(profile: Profile, session: Session, answers: Mapping[str, Answer]) -> bool:
    identity = profile.identity
    answer = answers.get(identity.command)
    stated = [(identity.banner, session.banner), (identity.pattern, answer)]
    fits = [isinstance(said, str) and pattern.search(said) is not None for pattern, said in stated if pattern]
    return bool(fits) and all(fits)


def _value(answer: Answer | None) -> str | None:
    return answer.partition(" = ")[2] if isinstance(answer, str) else None


def _seen(session: Session, answers: Mapping[str, Answer]) -> str:
    words = [session.banner.strip(), *(f"{q}: {a}" for q, a in answers.items())]
    return "; ".join(" ".join(word.split())[:120] for word in words if word)


def _software_question(profile: Profile) -> set[str]:
    reading = profile.readings.get("ont_software_version") if profile.firmwares else None
    return {reading.question} if reading else set()


def _software(profile: Profile, answers: Mapping[str, Answer]) -> str:
    reading = profile.readings.get("ont_software_version")
    answer = answers.get(reading.question) if reading else None
    found = decode(reading, answer)[0].value if reading and isinstance(answer, str) else None
    return str(found or "")


def _answer(heard: _Heard, reading: Reading) -> Answer:
    answer = heard.answers.get(reading.question)
    if isinstance(answer, Failure) and answer.kind == "no_such_object" and heard.refused_level:
        return heard.refused_level  # who knows what the device would have said on that level
    if answer is not None:
        return answer
    return heard.trouble or Failure(
        kind="unparseable", stage=reading.question, detail="the end of the answer is not proven"
    )


def _names(heard: _Heard, reading: Reading) -> Mapping[str, str]:
    rows = heard.profile.rows.get(reading.rows) if heard.profile else None
    column = heard.answers.get(WALK + rows.oid) if rows else None
    return row_names(rows.pattern, reading.rows, column) if rows and isinstance(column, str) else {}
