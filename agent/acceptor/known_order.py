"""What the back office knows of a signed order of its own; a noun, and nothing else."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.receipt import Receipt
from agent.signed_order import SignedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """A signed order of ours: why it was revoked (or nothing), and the attempts that were opened for it so far.

    `opens` are the digests of their open records, `receipts` what reflectors signed of their runs, by digest.
    """

    signed: SignedOrder
    token: str
    revoked: str
    opens: frozenset[str]
    receipts: Mapping[str, Receipt] = field(default_factory=dict)
