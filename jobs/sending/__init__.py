"""Lanes: the streams of batches to the destinations."""
