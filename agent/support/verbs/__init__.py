"""The verbs of remote support: what may be asked of a station. All only read; what is not in the table is not done."""

from collections.abc import Mapping

from agent.support.verb import House, Verb, Work
from agent.support.verbs import (
    cancel,
    line_check,
    line_ping,
    line_trace,
    log_slice,
    ont_read,
    ont_watch,
    record_list,
    record_resend,
    run_test,
    status,
)

__all__ = ("VERBS", "House", "Verb", "Work")

_ALL = (
    *(status.VERB, ont_read.VERB, ont_watch.VERB, line_ping.VERB, line_trace.VERB, line_check.VERB),
    *(log_slice.VERB, record_list.VERB, record_resend.VERB, run_test.VERB, cancel.VERB),
)
VERBS: Mapping[str, Verb] = {verb.name: verb for verb in _ALL}
