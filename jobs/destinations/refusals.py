"""Why a destination cannot be saved as it is."""


class Refused(Exception):
    """The destination cannot be saved so: `field` says where, the text is a sentence."""

    def __init__(self, field: str, text: str) -> None:
        super().__init__(text)
        self.field = field
