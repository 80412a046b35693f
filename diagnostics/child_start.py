"""Starts a child's module once this very process has set its own limits, so that no code runs in a parent's fork.

A parent with threads cannot safely run Python between fork and exec. A crash of native code names where it came from.
"""

import faulthandler
import resource
import runpy
import signal
import sys


def main() -> None:
    """Take bytes of address space, seconds to live and a module from the command line, and be that module."""
    memory_bytes, life_s, module = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (int(memory_bytes), int(memory_bytes)))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # The kernel's own alarm outlives the parent: it ends a child that nobody is left to end.
    signal.setitimer(signal.ITIMER_REAL, float(life_s))
    faulthandler.enable()
    sys.argv = [module]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
