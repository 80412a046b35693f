"""A VLAN switch in user space, for kernels without 802.1Q: what comes from the line with these tags goes on untagged.

Arguments: the line, the port behind it, then the tags from the outside in. Tags go back on with priority 3.
"""

import select
import socket
import struct
import sys

_OFFLOAD_FREE = 2048


def _open(name: str) -> socket.socket:
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    sock.setsockopt(263, 8, 1)  # PACKET_AUXDATA: the kernel takes the outer tag out and tells it there
    sock.setsockopt(263, 23, 1)  # PACKET_IGNORE_OUTGOING
    sock.bind((name, 0))
    return sock


def _whole(sock: socket.socket) -> bytes:
    """A frame with the outer tag back in its place."""
    frame, ancillary, _, _ = sock.recvmsg(_OFFLOAD_FREE, 256)
    for _, _, data in ancillary:
        status, tci, tpid = struct.unpack_from("I12xHH", data)
        if status & 0x10:
            frame = frame[:12] + struct.pack("!HH", tpid or 0x8100, tci) + frame[12:]
    return frame


def main() -> None:
    """Switch until killed."""
    line, behind = _open(sys.argv[1]), _open(sys.argv[2])
    vlans = [int(word) for word in sys.argv[3:]]
    tpids = [0x88A8, 0x8100] if len(vlans) == 2 else [0x8100]
    bare = b"".join(struct.pack("!HH", tpid, vlan) for tpid, vlan in zip(tpids, vlans, strict=True))
    marked = b"".join(struct.pack("!HH", tpid, 3 << 13 | vlan) for tpid, vlan in zip(tpids, vlans, strict=True))
    print("ready", file=sys.stderr, flush=True)
    while True:
        for sock in select.select([line, behind], [], [])[0]:
            frame = _whole(sock)
            end = 12 + len(bare)
            if sock is behind:
                line.send(frame[:12] + marked + frame[12:])
            elif frame[12:end] == bare and frame[end : end + 2] not in (b"\x81\x00", b"\x88\xa8"):
                behind.send(frame[:12] + frame[end:])


if __name__ == "__main__":
    main()
