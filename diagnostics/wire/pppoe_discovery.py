"""PPPoE discovery (RFC 2516 5): asks who offers a session, listens for others beside the first, requests one.

An answer that was not asked by us, or that is broken, is passed over.
"""

import secrets
import time
from collections.abc import Generator
from typing import Any

from diagnostics.wire import pppoe_frames as frames
from diagnostics.wire.pppoe_frames import Discovery, Tag
from diagnostics.wire.pppoe_port import Link, Port

_AGAIN_S = 1.0
_MOST_SERVICES = 16
_PPPOE = 8  # PPPoE header 6, PPP protocol 2
USUAL_MRU = 1492  # RFC 2516 7
_FULL_MRU = 1500

Line = dict[str, Any]


class Discovering:
    """One discovery: its identity, what we ask for, and the offers seen so far."""

    def __init__(self, port: Port, service: str, most_offers: int) -> None:
        self._port = port
        self._most_offers = most_offers
        self._uniq = secrets.token_bytes(8)
        self._asked: tuple[Tag, ...] = ((frames.SERVICE_NAME, service.encode()), (frames.HOST_UNIQ, self._uniq))
        if port.mtu >= _FULL_MRU + _PPPOE:  # RFC 4638: only an interface that can carry more may ask for more
            self._asked += ((frames.MAX_PAYLOAD, _FULL_MRU.to_bytes(2, "big")),)
        self._seen: set[tuple[bytes, str]] = set()
        self._padi = self._frame(frames.PADI, frames.BROADCAST)  # now, so that loading scapy counts for no stage

    def discover(self, *, gather_s: float, longest_s: float) -> Generator[Line, None, Discovery | None]:
        """Ask until somebody offers, then listen a little longer for others; yields each offer, returns the first."""
        begin = again = time.monotonic()
        until, sent, words, chosen = begin + longest_s, 0, "", None
        while ((now := time.monotonic()) < until or not sent) and len(self._seen) < self._most_offers:
            if chosen is None and now >= again:
                again, sent = now + _AGAIN_S * 2**sent, sent + 1
                self._port.discovery.send(self._padi)
            seen = self._port.discovered(until if chosen else min(until, again), self._uniq)
            if seen is None:
                continue
            if seen.source == self._port.mac and seen.code == frames.PADI:
                yield {"ended": {"state": "looped", "words": "our own PADI comes back"}}
                return None
            yield from self.offer(seen, time.monotonic() - begin)
            if seen.code == frames.PADO and self._ours(seen) and chosen is None:
                words = words or seen.errors()
                if not seen.errors():
                    chosen, until = seen, min(until, time.monotonic() + gather_s)
        if chosen is None:
            yield {"ended": {"state": "no_offer", "words": words or f"no PADO to {sent} PADI"}}
        return chosen

    def offer(self, seen: Discovery, after_s: float = 0.0) -> Generator[Line, None, None]:
        """Yield what a frame offers, where it is an offer to us that was not yet seen."""
        name = seen.text(frames.AC_NAME)
        if seen.code != frames.PADO or not self._ours(seen) or (seen.source, name) in self._seen:
            return
        if len(self._seen) < self._most_offers:
            self._seen.add((seen.source, name))
            services = [value.decode(errors="replace") for value in seen.all(frames.SERVICE_NAME)][:_MOST_SERVICES]
            yield {"offer": {"name": name, "services": services, "words": seen.errors(), "ms": _ms(after_s)}}

    def request(self, offer: Discovery, *, longest_s: float) -> Generator[Line, None, tuple[Link, int] | None]:
        """Request the session that was offered; yields its number and peer, returns its link and our MRU."""
        kept = tuple(tag for tag in offer.tags if tag[0] in (frames.AC_COOKIE, frames.RELAY_ID))
        begin = again = time.monotonic()
        until, sent = begin + longest_s, 0
        while (now := time.monotonic()) < until or not sent:
            if now >= again:
                again, sent = now + _AGAIN_S * 2**sent, sent + 1
                self._port.discovery.send(self._frame(frames.PADR, offer.source, kept))
            seen = self._port.discovered(min(until, again), self._uniq)
            if seen is None:
                continue
            yield from self.offer(seen, time.monotonic() - begin)
            if seen.code != frames.PADS or seen.source != offer.source or not self._ours(seen):
                continue
            if seen.errors() or not seen.session:
                yield {"ended": {"state": "no_session", "words": seen.errors() or "PADS without a session"}}
                return None
            ms, granted = _ms(time.monotonic() - begin), self._granted(seen)
            yield {"session": {"id": seen.session, "peer": seen.source.hex(), "max_payload": granted, "ms": ms}}
            link = Link(self._port, peer=seen.source, number=seen.session, mark=self._uniq)
            return link, granted or USUAL_MRU
        yield {"ended": {"state": "no_session", "words": f"no PADS to {sent} PADR"}}
        return None

    def _granted(self, seen: Discovery) -> int | None:
        given = seen.all(frames.MAX_PAYLOAD)
        wanted = any(kind == frames.MAX_PAYLOAD for kind, _ in self._asked)
        size = int.from_bytes(given[0], "big") if given and wanted else 0
        return size if USUAL_MRU <= size <= _FULL_MRU else None

    def _ours(self, seen: Discovery) -> bool:
        return self._uniq in seen.all(frames.HOST_UNIQ)

    def _frame(self, code: int, target: bytes, tags: tuple[Tag, ...] = ()) -> bytes:
        return frames.write_discovery(code, source=self._port.mac, target=target, tags=self._asked + tags)


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
