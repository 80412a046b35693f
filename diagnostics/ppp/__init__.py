"""The subscriber's half of PPP (RFC 1661, 1334, 1994, 1332, 5072), pure: frames in, frames out, no clock and no socket.

Whatever a peer sends, however broken, is answered as the RFC says or passed over; nothing here raises on it.
"""
