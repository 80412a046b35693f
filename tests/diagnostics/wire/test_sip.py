"""Registering at a real kamailio with digest: accepted, refused, silent; and what is taken back again."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from diagnostics.check import Context, run_check
from diagnostics.checks import CHECKS
from diagnostics.line import Ordered, Registrar
from diagnostics.scapy_wire import WireChild
from tests.diagnostics.fakes import LINE, instruments
from tests.diagnostics.wire.peers import NEEDS_ROOT, REFLECTOR_ADDRESS, STATION_INTERFACE, WITHIN_S, Peer, Wire, running

USER, PASSWORD = "+8657155550117", 'se"cr\\et'
WHERE = Registrar(host=REFLECTOR_ADDRESS, domain="ims.example")
TESTED = replace(LINE, ordered=Ordered(services=("voice",)), registrar=WHERE)
CONFIG = """
debug=0
log_stderror=yes
fork=yes
children=1
listen=udp:{host}:5060
loadmodule "sl.so"
loadmodule "pv.so"
loadmodule "xlog.so"
loadmodule "textops.so"
loadmodule "usrloc.so"
loadmodule "registrar.so"
loadmodule "auth.so"
event_route[core:worker-one-init] {{ xlog("L_ALERT", "kamailio is ready\\n"); }}
request_route {{
    if ($fU == "barred") {{ sl_send_reply("403", "Account barred"); exit; }}
    if (!pv_www_authenticate("ims.example", "se\\"cr\\\\et", "0")) {{
        if ($var(seen) == 0 && $au != $null) {{ sl_send_reply("403", "Wrong password"); exit; }}
        www_challenge("ims.example", "{flags}");
        exit;
    }}
    xlog("L_ALERT", "expires $hdr(Expires): $fU\\n");
    save("location");
}}
"""


@pytest.fixture(scope="module", params=["0", "1"], ids=["without qop", "qop=auth"])
def registrar(line: Wire, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Peer]:
    folder: Path = tmp_path_factory.mktemp("kamailio")
    config = folder / "kamailio.cfg"
    config.write_text(CONFIG.format(host=REFLECTOR_ADDRESS, flags=request.param))
    command = ["kamailio", "-DD", "-E", "-f", str(config), "-m", "16", "-M", "4", "-Y", str(folder), "-w", str(folder)]
    with running(line.network, command, "kamailio is ready") as peer:
        yield peer


def voice(line: Wire, secret: Mapping[str, str], host: str = WHERE.host, wait_s: float = 30.0) -> dict[str, Any]:
    wire = WireChild(STATION_INTERFACE, line.station.path, secrets={"sip": secret})
    request = {"host": host, "port": WHERE.port, "domain": WHERE.domain, "wait_s": wait_s}
    heard = wire.ask("sip", request, deadline_s=WITHIN_S)
    assert PASSWORD not in repr(heard)
    made = run_check(CHECKS["voice"], Context(line=TESTED, instruments=instruments(heard={"sip": heard})))
    return {m.name: m.value if m.failure is None else m.failure.kind for m in made}


@pytest.mark.skipif(shutil.which("kamailio") is None, reason="kamailio is not installed")
class TestAgainstKamailio:
    pytestmark = NEEDS_ROOT

    def test_a_line_registers_and_takes_that_back(self, line: Wire, registrar: Peer) -> None:
        made = voice(line, {"user": USER, "password": PASSWORD})
        registrar.await_word(f"expires 0: {USER}")
        assert f"expires 300: {USER}" in registrar.said()
        assert (made["voice_registration"], made["voice_answer_code"], made["voice_answer_reason"]) == (
            "registered",
            200,
            "OK",
        )
        assert made["voice_registration_ms"] > 0

    @pytest.mark.parametrize(
        ("user", "password", "reason"), [(USER, "wrong", "Wrong password"), ("barred", PASSWORD, "Account barred")]
    )
    def test_a_refusal_is_a_value_with_the_registrars_words(
        self, line: Wire, registrar: Peer, user: str, password: str, reason: str
    ) -> None:
        made = voice(line, {"user": user, "password": password})
        assert (made["voice_registration"], made["voice_answer_code"]) == ("refused", 403)
        assert made["voice_answer_reason"] == reason

    def test_without_a_password_nothing_is_guessed(self, line: Wire, registrar: Peer) -> None:
        assert set(voice(line, {"user": USER, "password": ""}).values()) == {"not_applicable"}


@pytest.mark.root
@pytest.mark.skipif(NEEDS_ROOT[1].args[0], reason="network namespaces need root")
def test_nobody_there_is_silence_which_is_a_value(line: Wire) -> None:
    made = voice(line, {"user": USER, "password": PASSWORD}, "198.18.0.88", 0.3)
    assert (made["voice_registration"], made["voice_answer_code"]) == ("silent", "not_applicable")
