"""The telnet protocol below the text (RFC 854): takes the options out of the bytes and says what to answer; pure.

ECHO, SGA and NAWS are agreed to, everything else is refused, each once. A peer that negotiates without end is cut off.
"""

from drivers.session import Unparseable

IAC, DONT, DO, WONT, WILL, SB, SE = 255, 254, 253, 252, 251, 250, 240
ECHO, SGA, NAWS = 1, 3, 31
WINDOW = bytes((IAC, SB, NAWS, 2, 0, 3, 232, IAC, SE))  # 512 columns, 1000 lines: no wrapping, hardly a pager
OPTIONS = 1000
_REPLIES = {WILL: (DO, DONT), WONT: (DONT, DONT), DO: (WILL, WONT), DONT: (WONT, WONT)}
_AGREED = {WILL: (ECHO, SGA), DO: (SGA, NAWS)}


class TelnetFilter:
    """Splits what a telnet peer sends into text and the replies that its options want."""

    def __init__(self) -> None:
        self._pending = b""
        self._skipping = False
        self._count = 0
        self._said: dict[tuple[bool, int], int] = {}

    def feed(self, raw: bytes) -> tuple[bytes, bytes]:
        """The text in these bytes, and the bytes to send back. Raises Unparseable for endless negotiation."""
        data, text, replies = self._pending + raw, bytearray(), bytearray()
        at = 0
        while at < len(data):
            mark = data.find(IAC, at)
            end = len(data) if mark < 0 else mark
            if not self._skipping:
                text += data[at:end]
            if mark < 0:
                at = end
                break
            used = self._command(data[mark : mark + 3], text, replies)
            at = mark + used
            if not used:
                break
        self._pending = data[at:]
        return bytes(text), bytes(replies)

    def _command(self, sequence: bytes, text: bytearray, replies: bytearray) -> int:
        verb = sequence[1] if len(sequence) > 1 else None
        if verb is None or (verb in _REPLIES and len(sequence) < 3):
            return 0
        if verb == IAC:
            if not self._skipping:
                text.append(IAC)
            return 2
        self._count += 1
        if self._count > OPTIONS:
            raise Unparseable("telnet", f"more than {OPTIONS} telnet options")
        if verb in _REPLIES:
            replies += self._reply(verb, sequence[2])
            return 3
        self._skipping = verb == SB or (self._skipping and verb != SE)
        return 2

    def _reply(self, verb: int, option: int) -> bytes:
        yes, no = _REPLIES[verb]
        answer = yes if option in _AGREED.get(verb, ()) else no
        side = (verb in (WILL, WONT), option)
        if self._said.get(side, no if verb in (WONT, DONT) else None) == answer:
            return b""
        self._said[side] = answer
        window = WINDOW if (answer, option) == (WILL, NAWS) else b""
        return bytes((IAC, answer, option)) + window
