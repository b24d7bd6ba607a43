"""The network in this process's memory: where its stores are and what they have, kept fresh (decision 0101)."""
