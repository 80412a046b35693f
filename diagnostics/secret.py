"""A secret shows itself as `<secret>` everywhere, in prints, logs and tracebacks; only `reveal()` gives it away."""


class Secret:
    """A word that must not be seen."""

    __slots__ = ("_word",)

    def __init__(self, word: str = "") -> None:
        self._word = word

    def reveal(self) -> str:
        """The word itself; call it only where it is sent."""
        return self._word

    def __bool__(self) -> bool:
        return bool(self._word)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._word == self._word

    def __hash__(self) -> int:
        return hash(self._word)

    def __repr__(self) -> str:
        return "<secret>"
