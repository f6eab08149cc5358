"""A small stand-in for Clay that speaks its Public API, for the demo and the tests. Knows no model."""
