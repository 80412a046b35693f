"""Ends a long-lived process that we started: asked first, killed where it does not listen; nothing stays open."""

import contextlib
import subprocess

_PATIENCE_S = 3.0


def end(process: "subprocess.Popen[bytes]") -> None:
    """End one process that we started: ask, wait a little, then kill."""
    with contextlib.suppress(ProcessLookupError):
        process.terminate()
    try:
        process.wait(_PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            stream.close()
