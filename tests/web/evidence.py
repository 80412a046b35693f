"""Evidence as technicians give it: codes in photographs, pictures, what the customer was told, rating, signature."""

import json
from pathlib import Path

from tests.web.house import looked_at
from tests.web.labels import CABLE, SERIAL, code, photograph
from tests.web.phone import Phone


def noted(made: Phone, folder: Path) -> None:
    """Evidence as a technician gives it: photographs of real codes, what was told, rating and signature."""
    scanned(made, folder)
    told(made, 1, 2, 3)
    made.presses("Confirm", "#account-label")
    made.browser.run("until(() => !document.querySelector('#account-label button'))")
    made.browser.run("document.querySelector('.star:nth-child(5)').click()")
    made.sees("5 of 5", "#rating")
    made.signs("canvas")
    made.presses("Keep the signature")
    made.sees("The signature is kept.")
    looked_at(made, "evidence")


def scanned(made: Phone, folder: Path) -> None:
    """Codes that are not there, that are several, and that is the one."""
    nothing, several, cable = folder / "nothing.jpg", folder / "several.jpg", folder / "cable.jpg"
    nothing.write_bytes(photograph())
    several.write_bytes(photograph(code("MAC:00259E112233"), code(SERIAL), code("LOID:hz0571"), skew=6.0, dark=0.5))
    cable.write_bytes(photograph(code(CABLE, "QRCode"), skew=14.0))
    made.photographs("#scan-barcode", nothing)
    made.sees("No code can be read in this picture.")
    made.photographs("#scan-barcode", several)
    made.sees("3 codes were read", "#scan-barcode")
    looked_at(made, "codes")
    made.presses(f"Use {SERIAL}")
    made.sees(f"noted: {SERIAL}", "#scan-barcode")
    made.photographs("#scan-label", cable)
    made.sees(f"Read: {CABLE}", "#scan-label")
    made.presses("Confirm", "#scan-label")
    made.sees(f"noted: {CABLE}", "#scan-label")


def told(made: Phone, *places: int) -> None:
    """What the customer was told, by its places in the list, each noted before the next."""
    for place in places:
        box = f"#told-customer li:nth-child({place}) button"
        made.waits(box)
        made.browser.run(f"document.querySelector({json.dumps(box)}).click()")
        made.browser.run(f"until(() => !document.querySelector({json.dumps(box)}))")


def typed_in_chinese(made: Phone, folder: Path) -> None:
    """Codes that are read, and typed all the same."""
    several = folder / "several.jpg"
    several.write_bytes(photograph(code(CABLE), code(SERIAL)))
    made.photographs("#scan-label", several)
    made.sees("识别到 2 个码", "#scan-label")
    looked_at(made, "codes")
    for kind, text in (("barcode", SERIAL), ("label", CABLE)):
        made.presses("手动输入", f"#scan-{kind}")
        made.types(f"#scan-{kind} input[type=text]", text)
        made.presses("保存", f"#scan-{kind}")
        made.sees(f"已记录：{text}", f"#scan-{kind}")


def pictured_in_chinese(made: Phone, folder: Path) -> None:
    """Photographs of what must be seen."""
    for place, kind in enumerate(("device", "label"), 1):
        picture = folder / f"{kind}.jpg"
        picture.write_bytes(photograph(code(kind)))
        made.photographs(f"#photographs li:nth-child({place})", picture)
        made.sees("已拍 1 张", f"#photographs li:nth-child({place})")
