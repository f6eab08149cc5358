"""Reading files: 150 nasty ones by name, and as many as Hypothesis thinks of."""
