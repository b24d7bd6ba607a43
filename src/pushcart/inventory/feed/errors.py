from pushcart.kit.sheets.errors import SheetError


class FeedError(SheetError):
    """A feed that can't be used as a whole; the message is a sentence for the retailer. The stock is as it was."""
