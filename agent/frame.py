"""Frames: how one journal entry lies on the disk, and how a segment's bytes are read back without trusting any of them.

A frame is one line padded to whole 4096-byte blocks, so a torn write never touches the block of an earlier entry. What
reads back is exactly what was written, or it is reported as damaged or torn; nothing is guessed or repaired.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

BLOCK = 4096
_SECTOR = 512  # the least that a medium writes at once
# record: of ours; receipt: the acceptor's; order, revoked: the ticket service's; witness: a reflector's receipt;
# opening: a record's, which only the back office can open; visit: what a technician noted; support: what engineers
# far away asked for, and who let them
KINDS = ("record", "receipt", "note", "order", "revoked", "witness", "opening", "visit", "support")
_HEAD = re.compile(rb"P1 (%s) {0,3} ([0-9a-f]{64}) ([0-9]{8}) " % "|".join(KINDS).encode())
_HEAD_LENGTH = len(b"P1 ") + 8 + 64 + 1 + 8 + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A whole entry: kind, SHA-256 of its body in hex, body, and where in the segment it lies."""

    kind: str
    digest: str
    body: bytes
    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Damaged:
    """Bytes that were once whole entries and are no more."""

    offset: int
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Torn:
    """The beginning of an entry whose write never came to its end, hence never counted as saved."""

    offset: int
    size: int


def framed(kind: str, body: bytes) -> bytes:
    """The bytes of one entry; the body is printable ASCII or UTF-8 without line ends, and holds no entry's head.

    Who reads on behind a damage looks for the next head; a body that held one could then pass for an entry.
    """
    if kind not in KINDS or b"\n" in body or _HEAD.search(body):
        raise ValueError(f"{kind}: not an entry that a journal can hold")
    digest = hashlib.sha256(body).hexdigest()
    line = b"P1 %-7s %s %08d %s" % (kind.encode(), digest.encode(), len(body), body)
    return line.ljust(frame_size(len(body)) - 1) + b"\n"


def frame_size(body_length: int) -> int:
    """How many bytes an entry with a body of this length takes: whole blocks."""
    return -(-(_HEAD_LENGTH + body_length + 1) // BLOCK) * BLOCK


def parse_segment(raw: bytes) -> Iterator[Frame | Damaged | Torn]:
    """Everything that lies in a segment, in order, without gaps."""
    offset = 0
    while offset < len(raw):
        found = _frame_at(raw, offset) or _wreck_at(raw, offset)
        yield found
        offset += found.size


def _frame_at(raw: bytes, offset: int) -> Frame | None:
    head = _HEAD.fullmatch(raw, offset, offset + _HEAD_LENGTH)
    if head is None:
        return None
    length = int(head[3])
    size = frame_size(length)
    start = offset + _HEAD_LENGTH
    body = raw[start : start + length]
    padding = raw[start + length : offset + size]
    whole = len(body) == length and padding == b" " * (offset + size - start - length - 1) + b"\n"
    if not whole or hashlib.sha256(body).hexdigest().encode() != head[2]:
        return None
    if raw[offset : offset + _HEAD_LENGTH] != framed(head[1].decode(), body)[:_HEAD_LENGTH]:
        return None
    return Frame(kind=head[1].decode(), digest=head[2].decode(), body=body, offset=offset, size=size)


def _wreck_at(raw: bytes, offset: int) -> Damaged | Torn:
    """What is not an entry reaches to the next head; at the end of the segment it is torn unless its line was ended.

    Only the last byte of an entry is a line end, so a write that was cut short anywhere lacks it. An entry whose own
    length fits the file exactly was written to its end, whatever became of its last byte; unless a sector of it is
    zeros, as no entry has them: that one never reached the medium, and so the write was never called saved.
    """
    for start in range(offset + BLOCK, len(raw), BLOCK):
        if _HEAD.fullmatch(raw, start, start + _HEAD_LENGTH):
            return Damaged(offset=offset, size=start - offset)
    left = len(raw) - offset
    if any(not any(raw[start : start + _SECTOR]) for start in range(offset, len(raw), _SECTOR)):
        return Torn(offset=offset, size=left)
    head = _HEAD.fullmatch(raw, offset, offset + _HEAD_LENGTH)
    ended = raw.endswith(b"\n") and left % BLOCK == 0
    if ended or (head is not None and frame_size(int(head[3])) == left):
        return Damaged(offset=offset, size=left)
    return Torn(offset=offset, size=left)
