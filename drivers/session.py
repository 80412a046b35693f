"""An open conversation with an ONT, whatever carries it, and the troubles that such a conversation can have.

A session is asked, closed, and only then believed: until it is closed an answer is provisional. Trouble on the line is
a DriverError, which exactly one place (`Ont.read`) turns into failures; it never leaves this package.

    DriverError
    +-- Refused         the port refused, or closed before it spoke
    +-- Unreachable     no route, no such host
    +-- Timeout         silent, or not finished in time
    +-- AuthRejected    log-in refused; it is never tried a second time
    |   +-- LevelRefused    accepted, but a level behind it wants another password, which nobody gives
    +-- LockedOut       the ONT blocks log-ins for a while
    +-- Busy            the ONT has no session left
    +-- Unparseable     answers that cannot be told apart, too long, or not of this protocol
    +-- UnknownFirmware no profile fits what was seen
    +-- NotSupported    the transport cannot do what was asked
"""

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from diagnostics.measurement import Failure, FailureKind
from drivers.profile import Dialogue

Answer = str | Failure


class DriverError(Exception):
    """Trouble in a conversation with an ONT: the stage that it happened at, and the peer's own words."""

    kind: ClassVar[FailureKind] = "unparseable"

    def __init__(self, stage: str, detail: str = "") -> None:
        super().__init__(stage, detail)
        self.failure = Failure(kind=self.kind, stage=stage, detail=detail)

    def __str__(self) -> str:
        return str(self.failure)


class Refused(DriverError):
    """The port refused the connection or closed it before it spoke."""

    kind = "refused"


class Unreachable(DriverError):
    """No way leads to the address."""

    kind = "unreachable"


class Timeout(DriverError):
    """Nothing, or not enough, came in time."""

    kind = "timeout"


class AuthRejected(DriverError):
    """The one log-in attempt was not accepted."""

    kind = "auth_rejected"


class LevelRefused(AuthRejected):
    """The log-in was accepted, but a command that raises the level asks for a password of its own."""


class LockedOut(DriverError):
    """The ONT blocks log-ins for now."""

    kind = "locked_out"


class Busy(DriverError):
    """The ONT has no session left for us."""

    kind = "busy"


class Unparseable(DriverError):
    """What came cannot be told apart for certain, is over a limit, or is not of this protocol."""

    kind = "unparseable"


class UnknownFirmware(DriverError):
    """No profile fits what was seen; the detail says what that was."""

    kind = "unknown_firmware"


class NotSupported(DriverError):
    """What was asked for is not something that this transport or family can do."""

    kind = "not_supported"


class Session(Protocol):
    """An open conversation; questions are command lines or SNMP questions, answers are text."""

    @property
    def name(self) -> str:
        """The transport's name, for the source of a measurement: telnet, ssh, snmp."""

    @property
    def banner(self) -> str:
        """What the ONT said before it was asked anything."""

    @property
    def spoken(self) -> tuple[Dialogue, ...]:
        """The dialogues that the ONT may be speaking, by its prompt; none where the transport has none."""

    def adopt(self, dialogue: Dialogue) -> None:
        """Take it from now on that the ONT speaks this dialogue."""

    def ask(self, questions: Sequence[str]) -> Mapping[str, Answer]:
        """Ask, in this order, each question once until `renew`; the answers are provisional. Raises DriverError."""

    def renew(self) -> None:
        """Forget what was asked and answered, so that it may be asked again; what was forgotten is never final."""

    def close(self) -> Mapping[str, Answer]:
        """Log out and return the final answers of all that was asked; never raises, and may be called again."""
