"""The report as its reader meets it: what it says first, what it never says, and that it says what is missing."""

import hashlib
import re
import string
from collections.abc import Callable
from dataclasses import replace

import pytest

from agent import seal, verification
from agent.acknowledgement import DECISIONS
from agent.bundle import Bundle
from agent.case import FORMS
from agent.report.sheet import html
from agent.report.words import texts
from agent.review import CHOICES
from agent.visit_facts import PHOTOGRAPHED, SIGNATURE
from diagnostics.causes import Language
from tests.agent import report_samples as samples
from tests.agent.report_page import LANGUAGES, nowhere, shown, stated, story
from tests.agent.report_samples import Case

JPEG = b"\xff\xd8\xff\xe0 a picture"
HEIC = b"\x00\x00\x00\x18ftypheic a picture"


def test_a_good_line_is_green_with_its_sign_its_order_and_its_signers() -> None:
    page = shown(samples.good())
    assert page.banner == "good"
    for told in ("✔Line accepted", "Work order closed by desk, 2026-11-22 12:00 UTC", "all 10 objects are genuine"):
        assert told in page.sections["banner"]
    for told in ("498.1 Mbit/s", "99.6 % of the 500 Mbit/s ordered", "124.5 kB/s for each ordered Mbit/s"):
        assert told in page.text
    for told in ("WO-2026-000117", "broadband, IPTV", "route mode, IPoE", "olt-7, 0/1/3, 12", "station-1", "2 of 2"):
        assert told in page.sections["facts"]
    for told in ("ticket service, tickets", "reflector, reflector-1", "station, station-1", "back office, back office"):
        assert told in page.sections["signatures"]
    assert "2 further objects of other attempts: all verified" in page.sections["signatures"]
    assert "NOT VALID" not in page.text


@pytest.mark.parametrize(
    ("made", "trust", "banner", "says"),
    [
        (samples.weak, True, "bad", "Line rejected"),
        (samples.good, False, "calm", "Signatures not checked: no trust file was given"),
        (samples.good, True, "good", "genuine"),
        (lambda: story(Case.tested), True, "good", "no answer of the back office is in this bundle"),
        (lambda: story(Case.tested, decision="review"), True, "open", "a person at desk must look"),
        (lambda: story(Case.tested, decision="recorded"), True, "good", "not closed yet"),
        (lambda: story(Case.aborted), True, "calm", "The last attempt was aborted: interrupted by the technician"),
        (
            lambda: story(lambda case: case.aborted("P", "power")),
            True,
            "calm",
            "stopped before the last attempt ended: power",
        ),
        (lambda: story(lambda case: case.aborted("")), True, "calm", "The last attempt has no end in this bundle"),
    ],
)
def test_the_banner_is_green_only_for_what_is_proven_and_good(
    made: Callable[[], Bundle], trust: bool, banner: str, says: str
) -> None:
    page = shown(made(), trust=samples.trust() if trust else None)
    assert page.banner == banner
    assert says in page.sections["banner"]


def test_a_bundle_that_does_not_verify_is_red_whatever_it_states() -> None:
    good = samples.good()
    head, _, signature = (good.acceptance or "").rpartition(".")
    page = shown(replace(good, acceptance=f"{head}.{signature[::-1][1:]}A"))
    assert page.banner == "bad"
    assert "Not valid: do not rely on this report" in page.sections["banner"]
    assert "It states: Line accepted" in page.sections["banner"]
    assert "NOT VALID" in page.sections["signatures"]


def test_what_speaks_against_the_line_comes_first_with_its_causes_and_actions() -> None:
    page = shown(samples.weak())
    told = page.sections["findings"]
    light = told.index("Optical power that the ONT receives")
    assert light < told.index("Activation state") < told.index("What a resolver")
    for words in (
        "-28.4 dBm",
        "-27 dBm to -8 dBm",
        "-1.4 dB",
        "another one",
        "at least 450 Mbit/s: 90 % of 500 Mbit/s",
    ):
        assert words in told
    causes = page.sections["causes"]
    assert causes.index("Too little light reaches the ONT") < causes.index("This is not the ONT that was ordered")
    assert "Clean and re-seat the connectors" in causes


def test_the_same_report_in_chinese_says_the_same_in_chinese() -> None:
    page = shown(samples.weak(), "zh")
    for told in (
        "线路不合格",
        "工单未竣工：被 desk 驳回",
        "光猫接收光功率",
        "不低于 450 Mbit/s：订购 500 Mbit/s 的 90%",
    ):
        assert told in page.text
    assert "光猫收光过弱" in page.sections["causes"]
    assert "光猫接收光功率: -28.4 dBm; 要求: -27 dBm 至 -8 dBm" in page.sections["causes"]
    words = set(re.findall(r"[A-Za-z]{4,}", page.sections["findings"]))
    assert words <= {"Mbit", "gateway", "reflector", "CGNAT", "VLAN", "IPTV", "DHCP", "answer", "from"}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_was_not_measured_is_said_by_its_reason(language: Language) -> None:
    told = shown(samples.good(), language).sections["missing"]
    for words in {"en": ("no answer in time", "Temperature of"), "zh": ("应答超时", "光模块温度")}[language]:
        assert words in told


def test_runs_are_drawn_with_floor_ceiling_round_trip_and_light() -> None:
    page = shown(samples.good())
    told = page.sections["plots"]
    for words in (
        "TCP payload rate, download",
        "floor 460.8",
        "physical ceiling 941.5",
        "round trip under load, upload",
    ):
        assert words in told
    assert "light received by the ONT, download (dBm)" in told
    assert "processor" not in told
    assert "Optical power that the ONT receives: -18.2 dBm" in page.sections["light"]
    assert "下行 (Mbit/s)" in shown(samples.good(), "zh").sections["plots"]


def test_personal_data_is_sealed_until_it_is_opened() -> None:
    good = samples.good()
    personal = ("HWTC4D2A9C17", "HZW-7-2-301", "T-4711", "the splitter is full")
    assert not [value for value in personal if value in shown(good).text]
    assert "sealed" in shown(good).sections["facts"]
    opened = shown(good, openings=samples.openings(good))
    assert all(value in opened.text for value in personal)
    assert "Personal data was opened in this report" in opened.sections["banner"]


def test_what_opens_nothing_here_is_left_out_and_counted() -> None:
    good = samples.good()
    elsewhere = {"e" * 64: (samples.OTHER,), **samples.openings(samples.weak())}
    page = shown(good, openings=elsewhere)
    assert "HWTC00000001" not in page.text
    assert "4 of the opened personal values do not belong to this bundle" in page.sections["banner"]
    assert page.banner == "bad"  # the check of the openings failed


def test_pictures_are_shown_where_their_very_files_are_given() -> None:
    digests = {raw: hashlib.sha256(raw).hexdigest() for raw in (JPEG, HEIC, JPEG + b"signed")}
    kinds = (
        ("device", digests[JPEG]),
        ("label", digests[HEIC]),
        ("other", "7" * 64),
        ("signature", digests[JPEG + b"signed"]),
    )
    good = samples.good(kinds)
    pages = {
        opened: shown(good, photographs=[*digests], openings=samples.openings(good) if opened else None)
        for opened in (False, True)
    }
    images = {opened: [made for tag, made in page.elements if tag == "img"] for opened, page in pages.items()}
    assert [made["alt"] for made in images[False]] == ["Compact verdict (QR code)", "device"]
    assert [made["alt"] for made in images[True]] == ["Compact verdict (QR code)", "device", "customer's signature"]
    told = pages[False].sections["visit"]
    assert all(digest in told for _, digest in kinds)
    for words in ("the file stays with the station", "pages cannot show it", "sealed"):
        assert words in told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("made", "told"),
    [
        (lambda: story(Case.tested), "no_visit"),
        (lambda: story(lambda case: case.tested(samples.SILENT)), "device_silent"),
        (lambda: story(lambda case: case.tested(samples.SILENT)), "no_levels"),
        (lambda: story(Case.aborted, Case.aborted), "no_findings"),
        (lambda: story(Case.tested), "proof_none"),
        (lambda: story(lambda case: case.tested(runs=())), "no_plots"),
        (lambda: replace(samples.good(), signed_order=None), "caution_anchor"),
    ],
)
def test_what_is_missing_is_said(made: Callable[[], Bundle], told: str, language: Language) -> None:
    assert texts()[told][language] in shown(made(), language, trust=None).text


def test_every_attempt_is_listed_with_its_end() -> None:
    made = story(
        Case.aborted, lambda case: case.tested(samples.WEAK), lambda case: case.aborted("X", "a fault"), Case.tested
    )
    told = shown(made).sections["attempts"]
    for words in (
        "aborted: interrupted by the technician",
        "Line rejected",
        "fault of the test box: a fault",
        "Line accepted",
    ):
        assert words in told


def test_without_its_criteria_a_result_is_told_in_the_stations_words() -> None:
    page = shown(samples.weak(), "zh", trust=None, load_criteria=nowhere)
    assert shown(samples.weak(), load_criteria=nowhere).banner == "open"
    assert "此处没有判定标准 cn_telecom_ftth_visit" in page.sections["banner"]
    assert "Optical power that the ONT receives is -28.4 dBm; demanded" in page.sections["findings"]
    assert "光猫收光过弱" in page.sections["causes"]


def test_both_languages_have_every_text_with_the_same_details() -> None:
    for code, each in texts().items():
        assert set(each) == {"en", "zh"} and all(each.values()), code
        names = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name is not None} for text in each.values()
        ]
        assert names[0] == names[1], code


def test_the_same_statement_gives_the_same_page() -> None:
    made = stated(samples.good())
    assert html(made, "zh") == html(made, "zh")


def test_whatever_can_be_signed_or_checked_has_a_name() -> None:
    assert not {f"check_{name}" for name in verification.names()} - set(texts())
    assert not {f"role_{seal.ROLE_OF[typ]}" for typ in FORMS} - set(texts())
    assert not {f"closed_{decision}" for decision in DECISIONS} - set(texts())
    assert not {f"reviewed_{choice}" for choice in CHOICES} - set(texts())
    assert not {f"picture_{kind}" for kind in (*PHOTOGRAPHED, SIGNATURE)} - set(texts())
