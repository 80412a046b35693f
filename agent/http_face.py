"""A small HTTP server of our own, without a log-in: what the metrics and the reflector's gate stand on.

It asks no name server who it is, neither when it starts nor later, and a peer that hangs up is no news.
"""

from http.server import BaseHTTPRequestHandler, HTTPServer
from socket import AF_INET, AF_INET6
from socketserver import TCPServer


class HttpFace(HTTPServer):
    """An HTTP server at an address, IPv4 or IPv6; one request after the other unless threads are mixed in."""

    def __init__(self, address: str, port: int, handler: type[BaseHTTPRequestHandler]) -> None:
        self.address_family = AF_INET6 if ":" in address else AF_INET
        super().__init__((address, port), handler)

    def server_bind(self) -> None:
        """Bind without looking our own name up, which is what HTTPServer does and waits for."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])

    def handle_error(self, request: object, client_address: object) -> None:
        """A connection that broke off is nobody's fault and no news."""
