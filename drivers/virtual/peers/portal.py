"""A web server with one answer for every page: 204, or the way to a log-in page. Arguments: address, port, status."""

import sys
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer


class _Page(BaseHTTPRequestHandler):
    status = 204

    def do_GET(self) -> None:  # the name that http.server calls
        self.send_response(self.status)
        if self.status != 204:
            self.send_header("Location", "http://login.example/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_words: object) -> None:
        pass


class _Server(TCPServer):  # HTTPServer would ask a name server who we are, and wait for it
    allow_reuse_address = True


def main() -> None:
    """Serve until killed."""
    _Page.status = int(sys.argv[3])
    server = _Server((sys.argv[1], int(sys.argv[2])), _Page)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
