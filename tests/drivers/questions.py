"""All that may ever be said to an ONT, so that tests can hold against it what was said."""

from drivers.profile import WALK, Profile


def known_questions(profile: Profile) -> set[str]:
    """What the profile of a family reads, and what leads there and away."""
    readings = [*profile.readings.values(), *(r for firmware in profile.firmwares for r in firmware.readings.values())]
    made = {reading.question for reading in readings} | {WALK + rows.oid for rows in profile.rows.values()}
    spoken = (*profile.dialogue.first, *profile.dialogue.last) if profile.dialogue else ()
    return made | {profile.identity.command, *spoken, ""}
