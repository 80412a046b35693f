"""A web page that answers 204, one that sends on to a log-in page, and one that is no HTTP. Argument: address."""

import sys
from http.server import BaseHTTPRequestHandler, HTTPServer


class Page(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/garbage":
            self.wfile.write(b"\x00\xffSSH-2.0-no\r\n\r\n")
            return
        self.send_response(204 if self.path == "/open" else 302)
        if self.path != "/open":
            self.send_header("Location", "http://login.example/")
        self.end_headers()

    def log_message(self, *words: object) -> None:
        pass


if __name__ == "__main__":
    server = HTTPServer((sys.argv[1], 8080), Page)
    print("ready", file=sys.stderr, flush=True)
    server.serve_forever()
