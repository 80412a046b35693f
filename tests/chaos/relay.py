"""A bad postman between two brokers: hands on every record, receipt and acceptance ten times, in any order.

Run as `python -m tests.chaos.relay NEAR_PORT FAR_PORT SEED`. It acknowledges at once what it takes and keeps it in
memory, so what it holds is lost when it is killed. Asked by a line on its standard input, it says when it holds none.
"""

import hashlib
import random
import sys
import threading
from typing import Any

from paho.mqtt.client import Client, MQTTv5
from paho.mqtt.enums import CallbackAPIVersion

from agent.mqtt_link import PREFIX
from tests.chaos.cast import end_with_any_thread
from tests.chaos.world import TENANT

TIMES = 10
WINDOW = 40
PATIENCE_S = 5.0


class Side:
    """One broker: what comes from it goes to the other side."""

    def __init__(self, name: str, port: int, topics: tuple[str, ...], post: "Post") -> None:
        self._topics, self._post = topics, post
        self.client = Client(CallbackAPIVersion.VERSION2, f"relay-{name}", protocol=MQTTv5)
        self.client.on_connect = self._connected
        self.client.on_message = lambda _c, _u, message: post.take(self, message.topic, bytes(message.payload))
        self.client.on_publish = lambda *_: post.handed()
        self.client.max_inflight_messages_set(WINDOW)
        self.client.reconnect_delay_set(1, 1)
        self.client.connect_async("127.0.0.1", port, clean_start=False)

    def begin(self) -> None:
        """Take and hand on from now; both sides must be there before one begins."""
        self.client.loop_start()

    def _connected(self, client: Client, *_: Any) -> None:
        for topic in self._topics:
            client.subscribe(f"{PREFIX}/{TENANT}/+/{topic}", qos=1)


class Post:
    """What waits to be handed on, drawn by chance; each new message ten times, one that came before once."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(seed)
        self._news = threading.Condition()
        self._pool: list[tuple[Side, str, bytes]] = []
        self._seen: set[bytes] = set()
        self._on_way = 0
        self._copies = 0
        self.sides: tuple[Side, ...] = ()

    def take(self, side: Side, topic: str, payload: bytes) -> None:
        name = hashlib.sha256(payload).digest()
        with self._news:
            other = next(each for each in self.sides if each is not side)
            self._pool += [(other, topic, payload)] * (1 if name in self._seen else TIMES)
            self._seen.add(name)
            self._news.notify_all()

    def handed(self) -> None:
        with self._news:
            self._on_way -= 1
            self._news.notify_all()

    def work(self) -> None:
        while True:
            with self._news:
                if not self._news.wait_for(lambda: self._pool and self._on_way < WINDOW, PATIENCE_S):
                    self._on_way = 0  # a broker that was killed answers for nothing
                    continue
                place = self._dice.randrange(len(self._pool))
                self._pool[place], self._pool[-1] = self._pool[-1], self._pool[place]
                side, topic, payload = self._pool.pop()
                self._on_way += 1
                self._copies += 1
            side.client.publish(topic, payload, qos=1)

    def told(self) -> str:
        with self._news:
            self._news.wait_for(lambda: not self._pool)
            return f"handed on {len(self._seen)} messages {self._copies} times"


def main(near: str, far: str, seed: str) -> None:
    """Hand on until killed."""
    end_with_any_thread()
    post = Post(int(seed))
    post.sides = (
        Side("near", int(near), ("record/#", "receipt/#", "have"), post),
        Side("far", int(far), ("in/acceptance",), post),
    )
    for side in post.sides:
        side.begin()
    threading.Thread(target=post.work, daemon=True).start()
    print("ready", flush=True)
    for _ in sys.stdin:
        print(post.told(), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
