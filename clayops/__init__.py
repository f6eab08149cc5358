"""The front door: settings, addresses, WSGI, what the scheduler asks for. The floors are below it."""
