"""Review of dead letters, below the pages."""
