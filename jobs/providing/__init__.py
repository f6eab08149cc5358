"""What came back about providers: read out of results and of table cells, and handed to `providers`."""
