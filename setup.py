"""Builds the prooflight distribution; what it is made of stands in pyproject.toml."""

from pathlib import Path

from setuptools import find_packages, setup

setup(
    version=Path("agent/VERSION").read_text().strip(),
    packages=find_packages(include=["agent*", "diagnostics*", "drivers*", "firmware_profiles*"]),
    package_data={
        "agent": [
            "VERSION",
            "schema/*.json",
            "schema/mqtt/*.json",
            "schema/openapi/*.json",
            "examples/*.json",
            "examples/*.toml",
            "verifier_page/*.*",
            "web/page/*.*",
            "deploy/*",
            "acceptor/board/*.*",
            "visit_texts.toml",
            "support/*.toml",
            "report/*.toml",
            "report/*.css",
        ],
        "diagnostics": ["criteria/*.toml", "cause_texts.toml", "quantity_texts.toml"],
        "firmware_profiles": ["*/profile.toml", "*/captures/*/*"],
    },
)
