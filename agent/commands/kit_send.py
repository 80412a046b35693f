"""`prooflight kit send`: a kit to stations over MQTT, its manifest first and then its files; needs no key."""

import argparse
import os

from agent.config import load_acceptor
from agent.kit import package
from agent.kit.arrival import messages
from agent.kit.courier import TOPIC
from agent.trust import load_trust
from diagnostics.errors import BadInput

MOST_HOURS = 24 * 366


def run(arguments: argparse.Namespace) -> int:
    """Send it to one station after the other; what the broker did not take for one is told at the end."""
    from agent.acceptor.dispatch import Letter, NotSent, post

    if not 0 < arguments.hours <= MOST_HOURS:
        raise BadInput(f"--hours: must be more than 0 and at most {MOST_HOURS}")
    settings = load_acceptor(arguments.config, os.environ)
    kit = package.load(arguments.file, load_trust(settings.trust))
    missed: list[NotSent] = []
    for station in dict.fromkeys(arguments.station):
        letters = [Letter(station=station, topic=TOPIC, payload=payload) for payload in messages(kit)]
        try:
            post(settings.mqtt, letters, who="kits", expiry_s=max(1, int(arguments.hours * 3600)))
        except NotSent as error:
            missed.append(error)
        else:
            print(f"{kit.title} sent to {station}", flush=True)
    if missed:
        raise missed[0] if len(missed) == 1 else NotSent(f"{missed[0]} (and {len(missed) - 1} more stations)")
    return 0
