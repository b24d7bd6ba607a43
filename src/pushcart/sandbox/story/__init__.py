"""The announcement's story, told on a fresh network: every step is made on the wire, and checked."""
