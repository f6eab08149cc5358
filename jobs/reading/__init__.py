"""Files as streams of records. Knows no model."""
