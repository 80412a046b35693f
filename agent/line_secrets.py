"""The passwords of an order's visit: which child may know them, and which words must stand in nothing that is kept."""

from agent.config import StationConfig
from agent.subscriber import password_of
from agent.terminals import login_secrets
from agent.work_order import WorkOrder
from diagnostics.secret import Secret


def passwords(config: StationConfig, order: WorkOrder, typed: Secret | None) -> tuple[str, ...]:
    """Every password of an order's visit that a device or the network may repeat to us."""
    dialling = typed or (password_of(config, order) if order.ordered.mode == "bridge" else None)
    spoken = [voice["password"] for voice in wire_secrets(config, order).values()]
    return (*login_secrets(config, order), *spoken, dialling.reveal() if dialling else "")


def wire_secrets(config: StationConfig, order: WorkOrder | None) -> dict[str, dict[str, str]]:
    """What only the wire child may know, by task: who registers the telephone line, and with which password."""
    if order is None or order.registrar is None:
        return {}
    voice = {"user": order.voice_user, "password": config.voice.password(order.voice_user)}
    return {"sip": voice, "sip_release": voice}
