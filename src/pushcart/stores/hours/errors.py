class HoursError(ValueError):
    """Opening hours, a time zone or a place that can't be used: the sentence says what and where."""
