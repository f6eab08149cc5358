"""The pages of dead letters: by cause, one by one, a letter, and what is done to many at once."""
