"""The SSH pipe speaks the operating system's errors only, whatever paramiko raises over a connection that broke off."""

import pytest
from paramiko import SSHException

from drivers.cli_session import SshPipe


class Channel:
    """A channel whose peer is gone: paramiko raises this where it would send, also in mid receive."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def settimeout(self, timeout_s: float) -> None:
        """Nothing to wait for."""

    def recv(self, size: int) -> bytes:
        """A window adjustment that finds the connection dead."""
        raise self._error

    def sendall(self, data: bytes) -> None:
        """As `recv`."""
        raise self._error


class Connection:
    """What netmiko hands over."""

    def __init__(self, error: Exception) -> None:
        self.remote_conn = Channel(error)


@pytest.mark.parametrize(
    "error", [EOFError(), SSHException("SSH session not active"), ConnectionResetError(104, "reset")]
)
def test_a_broken_connection_is_a_connection_error_in_both_directions(error: Exception) -> None:
    pipe = SshPipe(Connection(error))
    with pytest.raises(ConnectionError):
        pipe.receive(1.0)
    with pytest.raises(ConnectionError):
        pipe.send(b"display optic\r\n")


def test_silence_is_not_an_error() -> None:
    assert SshPipe(Connection(TimeoutError())).receive(0.1) is None
