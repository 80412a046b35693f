"""Why a command was refused, or why what it asked for ended: a closed list of codes, each with its one meaning.

Codes are what replies, journal and pages carry; the words are for people, and nothing decides by them.
"""

from collections.abc import Mapping

from diagnostics.errors import BadInput

REFUSALS: Mapping[str, str] = {
    "bad_form": "the command lacks a field, or has one too many; use the software of the station's version",
    "wrong_station": "the command is for another station",
    "stale_boot": "the station has a new birth since; ask again",
    "replayed": "the counter does not rise: the command was used already, or came too late",
    "unknown_verb": "the station does not know this verb",
    "bad_arguments": "the arguments are not those of the verb",
    "no_order": "the verb needs a work order that is on the station",
    "no_consent": "nobody on site has agreed yet; the station's page asks for it",
    "consent_other": "somebody else has the consent of those on site",
    "consent_over": "the consent has ended; the station's page asks for it again",
    "line_busy": "the line is being tested on site",
    "queue_full": "too many commands wait already",
    "storage_full": "the station has no room left for what it must keep",
    "not_saved": "the station can save nothing any more, so it runs nothing",
    "station_leaving": "the station is being ended",
}
ENDINGS: Mapping[str, str] = {
    "": "done",
    "cancelled": "stopped on site, or by who asked",
    "withdrawn": "the consent was withdrawn",
    "consent_over": "the consent has ended",
    "superseded_by_test": "somebody on site began a test",
    "deadline": "it took longer than it may",
    "too_long": "the answer grew larger than an answer may be",
    "broken_off": "the broker, or who asked, was away for too long",
    "station_leaving": "the station was ended",
    "line_busy": "the line is being tested on site",
    "no_order": "the work order is not on the station",
    "not_available": "something that it needs is not there",
    "storage_full": "the station has no room left for what it must keep",
    "fault": "the station's software had a fault",
}
WORDS: Mapping[str, str] = {**REFUSALS, **ENDINGS}


class Ended(BadInput):
    """What a verb raises to end for one of the reasons above; the words go to the engineer as well."""

    def __init__(self, reason: str, words: str = "") -> None:
        super().__init__(words or WORDS[reason])
        self.reason = reason
