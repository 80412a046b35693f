"""One HTTP question to a reflector's gate over the line, in a child: the answer is bounded and believed in nothing.

Run as `python -m agent.gate_exchange` in the line's namespace: one request line in, one answer line out.
"""

import http.client
import json
import socket
import sys
from typing import Any

_ANSWER_BYTES = 128 * 1024


def main() -> int:
    """Ask what the request on standard input says; print status and body, or why there is none."""
    request = json.loads(sys.stdin.readline())
    print(json.dumps(_asked(request)), flush=True)
    return 0


def _asked(request: dict[str, Any]) -> dict[str, Any]:
    try:
        connection = http.client.HTTPConnection(request["host"], request["port"], timeout=request["timeout_s"])
        connection.connect()
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        connection.request(request["method"], request["path"], body=request["body"].encode())
        answer = connection.getresponse()
        made = json.loads(answer.read(_ANSWER_BYTES))
        return {"status": answer.status, "body": made if isinstance(made, dict) else {}}
    except ConnectionRefusedError:
        return {"failure": "refused"}
    except TimeoutError:
        return {"failure": "timeout"}
    except OSError:
        return {"failure": "unreachable"}
    except (http.client.HTTPException, ValueError, RecursionError):
        return {"failure": "unparseable"}


if __name__ == "__main__":
    sys.exit(main())
