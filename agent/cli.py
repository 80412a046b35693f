"""The command line: finds the command, turns every error into one line and an exit code, imports nothing it can avoid.

Only the module of the command that was asked for is imported, so that `prooflight --help` stays as quick as Python.
"""

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

USAGE = 64
UNAVAILABLE = 69
FAULT = 70
INTERRUPTED = 130

COMMANDS = {
    "demo": "a virtual customer line on this machine, the whole path, the report shown",
    "read": "ask the ONT, print measurements",
    "check": "run checks on this line",
    "diagnose": "the long RFC 6349 run on this line: no acceptance, nothing signed",
    "accept": "the whole path once: order in, signed result out",
    "visit": "note what is done around the test, and close the visit with a signed record",
    "diagnose-score": "put known faults on virtual lines, count how often the first named cause is right",
    "serve": "the station: takes orders from its inbox, delivers results",
    "setup": "the first set-up of a station: key, enrolment request, configuration, PIN",
    "line": "hold the line's interface in a namespace of its own, apart from the uplink",
    "support": "ask a station from afar: its light, its line, its log; as far as those on site agree",
    "status": "how this station is, whether its daemon runs or not",
    "pin": "set the PIN of the technician's page",
    "journal": "list, show or verify what this station has recorded",
    "verify": "check a bundle offline: who signed what, is it untouched, is the verdict right",
    "report": "a bundle as people read it: HTML or PDF, English or Chinese",
    "verdict": "the acceptor's compact verdict on a bundle's order, as text and as a QR code",
    "verifier-page": "write the same check as one HTML page, for customers and regulators",
    "keys": "make and show keys, enrol them in a trust file",
    "profile": "list, lint or test the firmware profiles, record a new capture",
    "virtual": "be an ONT on loopback, from a capture",
    "virtual-line": "be a whole customer line, with what is wrong with it, until stopped",
    "kit": "signed kits of profiles and criteria: make, send, install, go back",
    "criteria": "list and show what lines are judged by, sign a set of your own",
    "reflector": "the far end of a throughput test: admits by signed order, signs what it saw",
    "acceptor": "the back office: verify, judge again, close work orders",
}


class _Parser(argparse.ArgumentParser):
    """An argument parser whose complaints are one line and exit with 64."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message}; see {self.prog} --help", file=sys.stderr)
        sys.exit(USAGE)


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {meaning}" for name, meaning in COMMANDS.items()]
    return "\n".join(
        [
            "usage: prooflight COMMAND ...",
            "",
            "Proves that a customer's fibre line is as ordered, and signs the result.",
            "",
            *lines,
            "",
            "prooflight COMMAND --help tells more. Exit codes: 0 accepted or fine, 1 rejected, 2 inconclusive or",
            "for review, 3 not valid, 64 usage, 65 bad input, 69 something needed is not available,",
            "70 a fault of this software, 78 configuration, 130 interrupted.",
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command line and return its exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if not words or words[0] in ("-h", "--help"):
        print(_overview())
        return 0 if words else USAGE
    if words[0] == "--version":
        from agent.version import VERSION

        print(f"prooflight {VERSION}")
        return 0
    if words[0] not in COMMANDS:
        print(f"prooflight: {words[0]!r} is not a command; see prooflight --help", file=sys.stderr)
        return USAGE
    return _run(words[0], words[1:])


def _run(name: str, words: list[str]) -> int:
    from diagnostics.errors import ProoflightError

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # what a terminal cannot show must not end the run
            stream.reconfigure(errors="replace")
    try:
        module = importlib.import_module(f"agent.commands.{name.replace('-', '_')}")
        parser = _Parser(prog=f"prooflight {name}", description=COMMANDS[name][0].upper() + COMMANDS[name][1:] + ".")
        module.add_arguments(parser)
        code: int = module.run(parser.parse_args(words))
        sys.stdout.flush()
    except ProoflightError as error:
        print(f"prooflight {name}: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print(f"prooflight {name}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        return _without_memory(name) if _is_of_memory(error) else _fault(name, error)
    return code


def _is_of_memory(error: Exception) -> bool:
    """Whether this is how the machine says that it has no memory left, in one of its four ways."""
    words = ("failed to map segment", "annot allocate memory", "can't start new thread")
    return isinstance(error, MemoryError) or any(each in str(error) for each in words)


def _without_memory(name: str) -> int:
    print(f"prooflight {name}: out of memory; give it more (see MemoryMax, ulimit -v)", file=sys.stderr)
    return UNAVAILABLE


def _fault(name: str, error: Exception) -> int:
    """Say what nobody foresaw in one line; 1 is the code of a rejected line, and must never come of our own fault."""
    import traceback

    if os.environ.get("PROOFLIGHT_TRACEBACK"):
        traceback.print_exception(error)
    *_, last = traceback.extract_tb(error.__traceback__)
    what = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    remedy = "nothing that was saved is lost; report it with PROOFLIGHT_TRACEBACK=1"
    place = f"{last.filename.rpartition('/')[2]}:{last.lineno}"
    print(f"prooflight {name}: a fault of this software: {what} ({place}); {remedy}", file=sys.stderr)
    return FAULT


if __name__ == "__main__":
    sys.exit(main())
