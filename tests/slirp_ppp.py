"""Stands in for pppd under rp-pppoe's pppoe-server, whose `-q` starts it: Debian's slirp speaks PPP in user space.

No kernel of ours has PPP. slirp talks to a pty, `pppoe`, which pppoe-server asks for, carries it to the wire; both end
with this process. Of Debian's two builds only `slirp-fullbolt` runs on a pty that is not its controlling terminal.
"""

import ctypes
import os
import pty
import shlex
import signal
import subprocess
import sys
import tty
from pathlib import Path

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Join slirp, with the options in the file named first, and the relay that pppoe-server wants."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    home = Path(sys.argv[1])
    relay = shlex.split(sys.argv[sys.argv.index("pty") + 1])
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    options = (home / "options").read_text().splitlines()
    bound = ["setpriv", "--pdeathsig", "KILL"]
    with (home / "slirp.log").open("ab") as log:
        environment = {**os.environ, "HOME": str(home)}
        slirp = subprocess.Popen(
            [*bound, "slirp-fullbolt", "-P", *options], stdin=theirs, stdout=theirs, stderr=log, env=environment
        )
        os.close(theirs)
        subprocess.run([*bound, *relay], stdin=ours, stdout=ours, stderr=log, check=False)
    slirp.kill()
    slirp.wait()


if __name__ == "__main__":
    main()
