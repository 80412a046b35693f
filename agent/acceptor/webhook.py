"""The webhook: one event as JSON, signed, so that the receiver knows who says so and that nothing was changed; pure.

With a shared secret it follows Standard Webhooks (HMAC-SHA256); without one our own key signs, as a JWS with its
payload detached (RFC 7515 appendix F), which whoever has the trust file can check.
"""

import base64
import hashlib
import hmac
from typing import Any

from agent import seal
from agent.acceptor.message import Message
from agent.keys import PrivateKey
from diagnostics import strict_json
from diagnostics.secret import Secret

ID, TIMESTAMP, HMAC, JWS = "webhook-id", "webhook-timestamp", "webhook-signature", "prooflight-signature"
_PREFIX = "whsec_"


def body(message: Message) -> bytes:
    """The exact bytes that are signed and sent."""
    record = message.record
    told: dict[str, Any] = {
        "type": f"acceptance.{message.event}",
        "timestamp": message.at.isoformat(),
        "data": {
            "id": message.key,
            "work_order": message.order_id,
            "station": record.station,
            "attempt": record.attempt,
            "event": message.event,
            "verdict": message.acceptance.outcome,
            "why": message.why[:4000],
            "record": message.acceptance.record,
            "acceptance": message.token,
        },
    }
    return strict_json.write(told)


def by_secret(message: Message, raw: bytes, secret: Secret, now_s: int) -> dict[str, str]:
    """The headers of Standard Webhooks; behind whsec_ a secret is base64, any other is its bytes."""
    word = secret.reveal()
    key = base64.b64decode(word[len(_PREFIX) :]) if word.startswith(_PREFIX) else word.encode()
    signed = f"{message.key}.{now_s}.".encode() + raw
    made = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    return {ID: message.key, TIMESTAMP: str(now_s), HMAC: f"v1,{made}"}


def by_key(message: Message, raw: bytes, key: PrivateKey, now_s: int) -> dict[str, str]:
    """The headers of a body that our own key signed; its time and id stand inside the body as well."""
    header, _, signature = seal.seal(raw, typ=seal.WEBHOOK, key=key).token.split(".")
    return {ID: message.key, TIMESTAMP: str(now_s), JWS: f"{header}..{signature}"}
