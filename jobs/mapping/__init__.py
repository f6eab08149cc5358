"""From a line's cells to what Clay gets. Knows no model."""
