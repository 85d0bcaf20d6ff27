"""A clock that a test moves by hand."""


class Clock:
    """Seconds; it stands still until `passes`."""

    def __init__(self, at: float = 1_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def passes(self, seconds: float) -> None:
        """So much later."""
        self.at += seconds
