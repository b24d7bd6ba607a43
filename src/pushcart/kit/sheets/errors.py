class SheetError(ValueError):
    """The file can't be read; the message is a sentence."""
