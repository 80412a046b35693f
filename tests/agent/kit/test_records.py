"""A record that names its kit and its profile is read, judged and verified as ever: by us, by the page, by others."""

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from agent import bundle, work_order
from agent.acceptance import accept
from agent.base64url import encode
from agent.chain import Chain
from agent.discretion import Discretion
from agent.kit.standing import KnownKit
from agent.kit.use import KitInUse
from agent.record import ProfileRef
from agent.verification import verify
from agent.verifier_page.page import knowledge
from diagnostics import criteria
from diagnostics.instruments import ProfileUsed, Reading, Terminal
from diagnostics.line import Line
from tests.agent import samples
from tests.agent.conftest import Ring
from tests.agent.test_acceptance import ORDER, records
from tests.agent.verifier_page import ANSWER, asked, judging
from tests.diagnostics.fakes import instruments
from tests.independent.judging import Criteria, visit_quantities
from tests.independent.reading import pinned
from tests.independent.verifier import Verifier

ROOT = Path(__file__).parents[3]
DIGEST = "0f" * 32
KIT = KitInUse(known=KnownKit(digest="f0" * 32, name="north", version=12))
NOW = datetime(2030, 1, 1, tzinfo=UTC)


@dataclass
class Profiled:
    """A terminal that says by which profile it read."""

    own: Terminal

    def read(self) -> Reading:
        return replace(self.own.read(), profile=ProfileUsed(family="huawei_wap", digest=DIGEST))


def attempted(station: Chain) -> Path:
    """The bundle of an attempt by a kit."""
    bench = instruments()
    line = Line(interface="lan0", reflectors=ORDER.reflectors, ordered=ORDER.ordered)
    accept(
        ORDER,
        chain=station,
        line=line,
        instruments=replace(bench, terminal=Profiled(bench.terminal)),
        environment={"software": "test"} | KIT.pin(),
        discretion=Discretion(ORDER, samples.SALT),
    )
    path = station.journal.directory.parent / "bundle.json"
    bundle.save(path, bundle.collect(station, ORDER.id))
    return path


def test_open_and_close_record_name_the_kit_and_the_close_record_the_profile(station: Chain) -> None:
    attempted(station)
    opened, closed = records(station)
    for record in (opened, closed):
        assert record.environment == {
            "software": "test",
            "kit": "f0" * 32,
            "kit_name": "north",
            "kit_version": 12,
        }
    assert closed.result is not None and closed.result.profile == ProfileRef(name="huawei_wap", digest=DIGEST)


def test_every_verifier_gives_the_same_answers_to_it(tmp_path: Path, ring: Ring, station: Chain) -> None:
    path = attempted(station)
    raw, keys = path.read_bytes(), ring.trust_file.read_text()
    ours = verify(bundle.load(path), ring.trust, criteria.load, NOW, None)
    checks = {check.name: check.status for check in ours.checks}
    assert checks["verdict"] == checks["criteria"] == checks["signatures"] == "OK"

    def load(name: str) -> Criteria:
        return Criteria((ROOT / "diagnostics" / "criteria" / f"{name}.toml").read_bytes())

    visit = visit_quantities((ROOT / "docs" / "visit.md").read_text())
    assert Verifier(raw, pinned(keys.encode()), load, NOW, visit).answers() == (ours.valid, checks)
    given = {"base64url": encode(raw), "keys": keys, "now": NOW.isoformat(), "known": "ours"}
    with judging(tmp_path) as browser:
        known = knowledge(map(criteria.load, criteria.names()), None)["criteria"]
        browser.run(f"globalThis.known = {json.dumps({'ours': known})}; 1")
        (answer,) = asked(browser, [given], ANSWER)
    assert answer == {"readable": True, "valid": ours.valid, "outcome": "accepted", "checks": checks}


def test_a_reading_whose_child_names_no_profile_leaves_null(station: Chain) -> None:
    order = work_order.load(ROOT / "agent" / "examples" / "install.json")
    line = Line(interface="lan0", reflectors=order.reflectors, ordered=order.ordered)
    told = {"environment": {}, "discretion": Discretion(order, samples.SALT)}
    accept(order, chain=station, line=line, instruments=instruments(), **told)
    assert records(station)[-1].result.profile is None  # type: ignore[union-attr]
