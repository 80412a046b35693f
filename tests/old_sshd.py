"""A real OpenSSH server set up as ONTs of 2012 are: only group1-sha1, 3des-cbc and ssh-rsa; it needs root.

Its one user is the virtual ONT's; what he gets is the virtual ONT's command line. The password file that it sees is
put over the machine's in a mount namespace of its own, and ends with it.
"""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from drivers.virtual.ont import USERNAME, WORD
from tests.peers import free_port

ROOT = Path(__file__).parents[1]
NEEDS = os.geteuid() == 0 and shutil.which("unshare") and Path("/usr/sbin/sshd").exists()
CONFIG = """
ListenAddress 127.0.0.1
Port {port}
HostKey {folder}/key
PidFile none
UsePAM no
PermitRootLogin yes
PasswordAuthentication yes
KbdInteractiveAuthentication no
PubkeyAuthentication no
StrictModes no
MaxAuthTries 6
KexAlgorithms diffie-hellman-group1-sha1
Ciphers 3des-cbc
MACs hmac-sha1
HostKeyAlgorithms ssh-rsa
ForceCommand cd {root} && exec {python} -m tests.shell_on_terminal {folder}/log
"""


@contextlib.contextmanager
def old_sshd(folder: Path) -> Iterator[int]:
    """Its port, once it listens; `folder`/log then holds a line for each log-in and log-out."""
    port = free_port()
    (folder / "key").unlink(missing_ok=True)
    make = ["ssh-keygen", "-q", "-t", "rsa", "-b", "1024", "-N", "", "-f", str(folder / "key")]
    subprocess.run(make, check=True)
    hashed = subprocess.run(["openssl", "passwd", "-6", WORD], capture_output=True, text=True, check=True).stdout
    (folder / "shadow").write_text(f"{USERNAME}:{hashed.strip()}:19000:0:99999:7:::\n")
    config = folder / "sshd_config"
    config.write_text(CONFIG.format(port=port, folder=folder, root=ROOT, python=sys.executable))
    hide = 'mount --bind "$0/shadow" /etc/shadow && mkdir -p /run/sshd'
    script = f'{hide} && exec /usr/sbin/sshd -D -e -f "$0/sshd_config"'
    with (folder / "sshd.log").open("wb") as log:
        server = subprocess.Popen(["unshare", "--mount", "sh", "-c", script, str(folder)], stderr=log)
    try:
        _await(server, port)
        yield port
    finally:
        server.terminate()
        server.wait()


def _await(server: "subprocess.Popen[bytes]", port: int) -> None:
    while server.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), 5) as probe:
            probe.recv(8)
            return
    raise AssertionError("sshd ended")
