class SupervisorError(Exception):
    """The network can't run; the message is one sentence that says why and what to do."""
