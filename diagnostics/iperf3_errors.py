"""iperf3's own words -> what they mean for a test and what helps; pure.

The words of the system come first, then those of iperf_error.c (3.12 to 3.18), which a reflector's own error bears as
well. Words that nobody knows stay `disturbed`: they prove nothing about the line.
"""

from diagnostics.measurement import Failure, FailureKind

_ELSE = "name a second reflector, or have this one looked at"
_CLOSED = f"the reflector ended the test; {_ELSE}"
_STRANGER = "what listens there is not an iperf3 server (3.12 or newer); check the reflector's address and port"
_OWN = "iperf3 does not take what this test needs; install 3.12 or newer at both ends"
_RIGHTS = "the system did not allow it; run the station as root, or give it CAP_NET_RAW"
_SHORT = "this machine is short of something; end other programs on it, or use a stronger one"

_MEANINGS: tuple[tuple[FailureKind, str, tuple[str, ...]], ...] = (
    ("busy", "the reflector is serving another test; try again or name a second reflector", ("server is busy",)),
    ("refused", "nothing listens there; check the reflector's address and port", ("connection refused",)),
    (
        "unreachable",
        "the reflector's name does not resolve; use its address, or check the resolver",
        ("name or service not known", "temporary failure in name", "no address associated with", "name resolution"),
    ),
    (
        "unreachable",
        "check the route to the reflector, and whether the line has its address family",
        ("no route to host", "network is unreachable", "network is down", "host is down", "address family"),
    ),
    ("unreachable", "the interface has no such address; check the line's address", ("cannot assign requested",)),
    ("timeout", "the reflector does not answer; check address, port and firewall", ("timed out",)),
    ("timeout", f"the data stopped in mid run; {_ELSE}", ("idle timeout for receiving",)),
    (
        "instrument_limit",
        "load the kernel module of that congestion control where the sender runs, or take it out of the criteria",
        ("tcp_congestion",),
    ),
    ("instrument_limit", "raise net.core.rmem_max and net.core.wmem_max, at both ends", ("socket buffer size",)),
    ("instrument_limit", _RIGHTS, ("bind-to-device", "bind to device", "<dev>", "not permitted", "permission denied")),
    ("disturbed", _CLOSED, ("connection reset", "broken pipe", "has closed", "has terminated", "not connected")),
    (
        "auth_rejected",
        "the reflector serves only those who log in; name one that is open to this station",
        ("authorization failed", "specify a username"),
    ),
    (
        "refused",
        "the reflector limits the rate it serves (--server-bitrate-limit); name one that carries the ordered rate",
        ("larger than server limit",),
    ),
    ("unparseable", _STRANGER, ("unknown control message", "cookie", "invalid id")),
    ("unparseable", f"the reflector's results cannot be read; {_ELSE}", ("unable to receive results",)),
    ("instrument_limit", _SHORT, ("too many open files", "cannot allocate memory", "no buffer space", "thread")),
    ("refused", f"the reflector does not take the test's parameters; {_ELSE}", ("parameters",)),
    (
        "disturbed",
        _CLOSED,
        (
            *("control message", "control socket", "send results", "accept connection", "listener for"),
            *("stream socket", "new stream", "initialize stream", "connect stream", "stream connection"),
            "stream listener",
        ),
    ),
    ("unreachable", "check the reflector's address, port and firewall", ("unable to connect",)),
    (
        "instrument_limit",
        _OWN,
        (
            *("cannot be both", "must either", "option you are trying", "too long", "valid values", "too large"),
            *("invalid", "bogus value", "must be", "must specify", "does not support", "only one test", "no sctp"),
            *("bad tos", "bad format", "sctp", "not in range", "is not positive", "valid only", "unable to set"),
            *("not set correctly", "unable to open", "unable to write", "authorized users", "cannot transfer"),
            *("unable to change", "unsupported", "not supported", "protocol does not exist"),
        ),
    ),
    (
        "instrument_limit",
        _SHORT,
        ("create a new test", "initialization failed", "package results", "select failed", "timer", "unable to"),
    ),
)


def failure_of(words: str) -> Failure:
    """The failure that iperf3's error message stands for: kind, its own words, and the remedy."""
    said = words.lower()
    for kind, remedy, marks in _MEANINGS:
        if any(mark in said for mark in marks):
            return Failure(kind=kind, stage="iperf3", detail=f"{words.strip(': ')}: {remedy}")
    return Failure(kind="disturbed", stage="iperf3", detail=words)
