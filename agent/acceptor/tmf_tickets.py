"""TMF621 v5 trouble tickets and TMF697 v4 work orders: what is set in them; pure.

A trouble ticket is resolved and never closed: closing it is for whoever reported the trouble.
"""

from typing import Any

from agent.acceptor.message import Message


def trouble_ticket(message: Message, *, ticket_type: str, severity: str) -> dict[str, Any]:
    """The body of a POST to /troubleTicket: the trouble that an acceptance test has shown."""
    return {
        "@type": "TroubleTicket",
        "name": message.title,
        "description": message.why[:1000],
        "severity": severity,
        "ticketType": ticket_type,
        "externalIdentifier": [
            {
                "@type": "ExternalIdentifier",
                "owner": "prooflight",
                "externalIdentifierType": "WorkOrder",
                "id": message.order_id,
            }
        ],
        "troubleTicketCharacteristic": [
            {"@type": "StringCharacteristic", "name": name, "valueType": "string", "value": value}
            for name, value in (
                ("decision", message.event),
                ("verdict", message.acceptance.outcome or "none"),
                ("record", message.acceptance.record),
                ("signingKey", message.acceptance.kid),
            )
        ],
    }


def status_change(message: Message, status: str) -> dict[str, Any]:
    """The merge patch that sets a trouble ticket's status."""
    return {"@type": "TroubleTicket", "status": status, "statusChangeReason": message.why[:1000]}


def state_change(state: str) -> dict[str, Any]:
    """The merge patch that sets a work order's state; nothing else of it is ours."""
    return {"state": state}
