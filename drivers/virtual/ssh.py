"""The SSH half of the virtual ONT, on paramiko's server side; its host key is made anew for each server."""

import logging
import socket
import threading
from typing import Any

import paramiko
from paramiko import common

from drivers.virtual.ont import VirtualOnt
from drivers.virtual.shell import Shell
from drivers.virtual.stream import StreamServer

LOG_IN_S = 20.0


class SshServer(StreamServer):
    """A virtual ONT on an SSH port."""

    def __init__(self, ont: VirtualOnt, host: str, port: int) -> None:
        super().__init__(ont, host, port)
        logging.getLogger("paramiko").setLevel(logging.CRITICAL)  # clients that leave early are no news
        self._key = paramiko.ECDSAKey.generate()

    def serve_one(self, connection: socket.socket) -> None:
        """Let paramiko check the log-in, then be the ONT's command line on the shell channel."""
        transport = paramiko.Transport(connection)
        try:
            transport.add_server_key(self._key)
            desk = _Desk(self.ont)
            transport.start_server(server=desk)
            channel = transport.accept(LOG_IN_S)
            if channel is not None and desk.wants_shell.wait(LOG_IN_S):
                # its reply comes behind that to the shell request; what is said before that is lost
                transport.global_request("keepalive@openssh.com")
                Shell(self.ont, _ChannelStream(channel), self.closing).run(admitted=True)
                channel.close()
        except (paramiko.SSHException, EOFError):
            pass
        finally:
            transport.close()


class _Desk(paramiko.ServerInterface):
    def __init__(self, ont: VirtualOnt) -> None:
        self._ont = ont
        self.wants_shell = threading.Event()

    def get_allowed_auths(self, username: str) -> str:
        return "password"

    def check_auth_password(self, username: str, password: str) -> int:
        right = self._ont.admit(username, password)
        return common.AUTH_SUCCESSFUL if right else common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        if self._ont.faults.refuses == "channel":
            return common.OPEN_FAILED_RESOURCE_SHORTAGE
        return common.OPEN_SUCCEEDED if kind == "session" else common.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED

    def check_channel_pty_request(self, *_: Any) -> bool:
        return True

    def check_channel_shell_request(self, channel: paramiko.Channel) -> bool:
        self.wants_shell.set()
        return self._ont.faults.refuses != "shell"


class _ChannelStream:
    def __init__(self, channel: paramiko.Channel) -> None:
        self._channel = channel

    def read(self) -> bytes:
        return self._channel.recv(4096)

    def write(self, data: bytes) -> None:
        self._channel.sendall(data)
