"""An ONT watched over real sockets: one log-in, only the profile's own questions, and an end that says why."""

import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.capture import Capture, captures, load_capture
from drivers.logins import Login
from drivers.look import USUAL, WATCHABLE, Look
from drivers.ont import Ont
from drivers.profile import Profile
from drivers.profile_file import load_all, load_profile
from drivers.reading import opener
from drivers.resource import is_assisted
from drivers.session import Session
from drivers.terminal import ChildTerminal
from drivers.virtual.ont import Faults, VirtualOnt, virtual_community, virtual_login
from drivers.virtual.servers import serve
from drivers.watch import watch
from drivers.watched_terminal import watch as watch_by_child
from drivers.watching import paced

HUAWEI = load_profile("huawei_wap")
LIT = load_capture("huawei_wap", "lit")
"""E
grep -n "^def " drivers/capture.py; sed -n 1,60p tests/drivers/test_every_family.py; sed -n 1,60p tests/drivers/test_live.py; sed -n 1,60p tests/drivers/test_levels.py
