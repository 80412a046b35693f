"""What a phone loads before it shows anything: few files, small enough for a bad Wi-Fi, nothing of anybody else."""

from agent.web import assets

FILES = ("/", "/page.css", "/page.js", "/icon.svg")


def test_the_first_page_weighs_at_most_200_kilobytes() -> None:
    bodies = [found.body for path in FILES if (found := assets.asset(path))]
    assert len(bodies) == len(FILES)
    assert sum(map(len, bodies)) <= 200_000
