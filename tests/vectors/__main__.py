"""Writes every vector file anew; a change in the forms of objects shows as a difference to review."""

from tests.vectors.writing import HERE, files


def main() -> None:
    """Write what differs, and remove what is no vector any more."""
    made = files()
    for path in [*HERE.rglob("*.json"), *HERE.rglob("*.jwks"), *HERE.rglob("*.criteria")]:
        if str(path.relative_to(HERE)) not in made:
            path.unlink()
    for name, raw in made.items():
        path = HERE / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(raw)
    print(f"{len(made)} files in {HERE.name}")


if __name__ == "__main__":
    main()
