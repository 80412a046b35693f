"""The message that brings a record to the acceptor: what stands in it, line by line.

The record's token and its opening; behind it what others signed about it: the reflectors' receipts and, where the
record was acknowledged before, the acceptance that did so.
"""

from agent.chain import Chain
from agent.link import Link


def payload(chain: Chain, link: Link) -> bytes:
    """The bytes of a record's message, read from the journal."""
    receipts = chain.witnesses(link.open) if link.open and link.tx != "V" else ()
    hidden, acceptance = chain.opening(link), chain.receipt(link)
    token = chain.token(link) + (f"~{hidden}" if hidden else "")
    return "\n".join((token, *receipts, *([acceptance] if acceptance else ()))).encode()
