"""Review of dead letters: what people do with them, one by one and in bulk."""
