"""The virtual ONT's command line on this process's own terminal; what an SSH server of tests starts."""

import os
import sys
import threading
import tty
from pathlib import Path

from drivers.capture import load_capture
from drivers.virtual.ont import VirtualOnt
from drivers.virtual.shell import Shell


class Terminal:
    """Standard input and output as a stream."""

    def read(self) -> bytes:
        """Some bytes."""
        return os.read(0, 4096)

    def write(self, data: bytes) -> None:
        """Send all of it."""
        while data:
            data = data[os.write(1, data) :]


def main() -> None:
    """Be the lit Huawei, and note log-in and log-out in the file that is named."""
    log = Path(sys.argv[1])
    tty.setraw(0)
    ont = VirtualOnt(capture=load_capture("huawei_wap", "lit"))
    with log.open("a") as file:
        file.write(f"in {os.get_terminal_size(1).columns}\n")
    Shell(ont, Terminal(), threading.Event()).run(admitted=True)
    with log.open("a") as file:
        file.write(f"out {ont.log_outs}\n")


if __name__ == "__main__":
    main()
