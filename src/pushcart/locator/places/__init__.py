"""Places by name, from data that the installation carries: no outside service is asked (decision 0100)."""
