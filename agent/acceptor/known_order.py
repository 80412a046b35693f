"""What the back office knows of a signed order of its own; a noun, and nothing else."""

from dataclasses import dataclass

from agent.signed_order import SignedOrder


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOrder:
    """A signed order of ours: why it was revoked (or nothing), and how many attempts were opened for it so far."""

    signed: SignedOrder
    token: str
    revoked: str
    attempts: int
