"""One MQTT 5 connection over paho, from its beginning to its end; everything that happens on it comes out as an event.

It never reconnects by itself, remembers nothing and calls nothing delivered: what an answer of the broker means is for
the reader of the events. Each connection is a fresh client, so paho never sends anything again behind our back.
"""

import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agent import tls
from agent.config_broker import MqttSettings

if TYPE_CHECKING:
    from paho.mqtt.client import Client

KEEPALIVE_S = 60
SESSION_EXPIRY_S = 7 * 24 * 3600
RECEIVE_MAXIMUM = 8
_BESIDE = 4  # births and replies go out beside records; whoever sends keeps to what the broker takes
LARGEST_BYTES = 4 << 20  # what we take: twice the largest order; a broker drops what is larger
PREFIX = "prooflight/v1"

NO_SUBSCRIBERS = 0x10
TOO_LARGE = 0x95
_LARGEST_PACKET = 268_435_460  # MQTT 5, 2.1.4: what fits into the field
_HUNG_UP = "the connection ended before it answered; it may speak no TLS at this port, or not take our certificate"
_HUNG_UP_PLAIN = "the connection ended before it answered; it may want TLS at this port, see [mqtt.tls]"
_WORDS = {
    0x10: "nobody subscribes there: no acceptor has ever listened",
    0x84: "it does not speak MQTT 5, and no older version tells what became of a message; use a broker with MQTT 5",
    0x86: "bad user name or password; see [mqtt] username and password_file",
    0x87: "not authorised; the broker's access list must allow it",
    0x8E: "another process has connected as this client; end one of the two",
    TOO_LARGE: "the message is larger than the broker takes",
    0x97: "quota exceeded; the broker's queue is full",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Connected:
    """The broker accepted us; whether it still had our session, and how many bytes and messages it takes at once."""

    session_present: bool
    receive_maximum: int
    largest_packet: int = _LARGEST_PACKET


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The connection ended or never began; always the last event of a connection."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscribed:
    """The broker's answer to a subscription; a code of 0x80 or above is a refusal."""

    code: int
    mid: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The broker's answer to one message; only 0 says that the broker took it for somebody."""

    mid: int
    code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """A message for us, not acknowledged until `Link.acknowledge` says so."""

    topic: str
    payload: bytes
    mid: int
    retained: bool


Event = Connected | Lost | Subscribed | Published | Received


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What the broker publishes, retained, when we have been gone without a word for `delay_s` seconds."""

    topic: str
    payload: bytes
    delay_s: int = 45


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """For how long the broker keeps what came while we were away; `fresh` begins without what it kept before."""

    expiry_s: int = SESSION_EXPIRY_S
    fresh: bool = False


LASTING = Session()


def _at_once(_client: Any, _user: Any, opened: Any) -> None:
    """Let small packets leave while an earlier one is not acknowledged: else an answer waits 40 ms for nothing."""
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def check_settings(settings: MqttSettings) -> None:
    """Refuse settings whose password or certificates cannot be used, before anything is started with them."""
    settings.password()
    if settings.tls:
        tls.context(settings.tls)


def reason_words(code: int) -> str:
    """What a reason code of MQTT 5 means here, and what to do."""
    return _WORDS.get(code, f"reason code 0x{code:02x}")


class Link:
    """A connection that is being made from the moment on that it is constructed; events go to `tell`, in its thread."""

    def __init__(
        self,
        settings: MqttSettings,
        *,
        client_id: str,
        tell: Callable[[Event], None],
        will: Will | None = None,
        receive_maximum: int = RECEIVE_MAXIMUM,
        session: Session = LASTING,
    ) -> None:
        self._tell = tell
        self._why = ""
        self._unanswered = _HUNG_UP if settings.tls else _HUNG_UP_PLAIN
        self._ended = threading.Event()
        self._where = f"broker {settings.host}:{settings.port}"
        self._client = self._made(settings, client_id, will, receive_maximum, session)
        self._client.loop_start()

    def subscribe(self, topic: str) -> int | None:
        """Ask for messages of a topic, at least once each; its id, which the answer, a Subscribed, bears too."""
        return self._client.subscribe(topic, qos=1)[1]

    def publish(
        self, topic: str, payload: bytes, *, retain: bool = False, repeat: bool = False, expiry_s: int | None = None
    ) -> int | None:
        """Send a message at least once; its id, which the answer bears too, or None where there is no connection.

        `repeat` marks it with the user property dup = 1: the same bytes went out before. `expiry_s` is how long the
        broker keeps it for somebody who is away.
        """
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        properties = Properties(PacketTypes.PUBLISH)  # type: ignore[no-untyped-call]
        if repeat:
            properties.UserProperty = [("dup", "1")]
        if expiry_s is not None:
            properties.MessageExpiryInterval = expiry_s
        info = self._client.publish(topic, payload, qos=1, retain=retain, properties=properties)
        return info.mid if info.rc == 0 else None

    def acknowledge(self, message: Received) -> None:
        """Tell the broker that a message need not come again."""
        self._client.ack(message.mid, 1)

    def close(self, *, drain_s: float = 1.0) -> None:
        """End the connection in order; waits at most `drain_s` seconds for the network thread."""
        self._client.disconnect()
        self._ended.wait(drain_s)

    def _made(
        self, settings: MqttSettings, client_id: str, will: Will | None, receive_maximum: int, kept: Session
    ) -> "Client":
        from paho.mqtt.client import Client, MQTTv5
        from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
        from paho.mqtt.packettypes import PacketTypes
        from paho.mqtt.properties import Properties

        link = self

        class OneConnection(Client):
            """A client whose network thread says when and why it ends, whatever ended it."""

            def loop_forever(self, timeout: float = 1.0, retry_first_connection: bool = False) -> MQTTErrorCode:
                """Run the connection to its end; `retry_first_connection` is never heeded."""
                try:
                    return MQTTErrorCode(link._run(lambda: super(OneConnection, self).loop_forever(timeout, False)))
                finally:  # whatever became of `_run`: who waits for our events must learn that there are no more
                    link._end()

        version, ours = CallbackAPIVersion.VERSION2, {"reconnect_on_failure": False, "manual_ack": True}
        client = OneConnection(version, client_id, protocol=MQTTv5, **ours)  # type: ignore[arg-type]
        client.max_inflight_messages_set(receive_maximum + _BESIDE)
        if settings.username:
            client.username_pw_set(settings.username, settings.password())
        if settings.tls:
            client.tls_set_context(tls.context(settings.tls, self._note_tls))
        if will:
            late = Properties(PacketTypes.WILLMESSAGE)  # type: ignore[no-untyped-call]
            late.WillDelayInterval = will.delay_s
            client.will_set(will.topic, will.payload, qos=1, retain=True, properties=late)
        self._listen(client)
        session = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        session.SessionExpiryInterval = kept.expiry_s
        session.ReceiveMaximum = receive_maximum
        session.MaximumPacketSize = LARGEST_BYTES
        client.connect_async(settings.host, settings.port, KEEPALIVE_S, clean_start=kept.fresh, properties=session)
        return client

    def _note_tls(self, error: ssl.SSLError) -> None:
        self._why = self._why or tls.words(error)

    def _listen(self, client: "Client") -> None:
        def connected(_c: Any, _u: Any, flags: Any, code: Any, properties: Any) -> None:
            if code.value:
                self._why = reason_words(code.value)
                return
            self._unanswered = ""
            maximum = getattr(properties, "ReceiveMaximum", 65535)
            largest = getattr(properties, "MaximumPacketSize", _LARGEST_PACKET)
            session = flags.session_present
            self._tell(Connected(session_present=session, receive_maximum=maximum, largest_packet=largest))

        def ended(_c: Any, _u: Any, flags: Any, code: Any, _p: Any) -> None:
            self._why = self._why or (reason_words(code.value) if flags.is_disconnect_packet_from_server else "")

        client.on_connect = connected
        client.on_socket_open = _at_once
        client.on_disconnect = ended
        client.on_subscribe = lambda _c, _u, mid, codes, _p: self._tell(Subscribed(code=codes[0].value, mid=mid))
        client.on_publish = lambda _c, _u, mid, code, _p: self._tell(Published(mid=mid, code=code.value))
        client.on_message = lambda _c, _u, m: self._tell(
            Received(topic=m.topic, payload=bytes(m.payload), mid=m.mid, retained=m.retain)
        )

    def _run(self, loop: Callable[[], Any]) -> Any:
        """The life of the network thread; whatever a broker sends, it ends with one Lost."""
        try:
            return loop()
        except ssl.SSLError as error:
            self._note_tls(error)
        except ConnectionResetError:
            pass  # it hung up, which is told by how far we had come
        except OSError as error:
            self._why = self._why or f"{error.strerror or error}"
        except Exception as error:  # paho raises many kinds on bytes that are not MQTT
            self._why = self._why or f"it does not speak MQTT ({type(error).__name__})"
        finally:
            self._end()
        return 0

    def _end(self) -> None:
        if not self._ended.is_set():
            self._tell(Lost(why=f"{self._where}: {self._why or self._unanswered or 'the connection ended'}"))
            self._ended.set()
