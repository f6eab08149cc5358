"""One folder a screen: its addresses, views, forms, what it shows. HTTP and words are here, rules below.

A view reads the request, calls one verb of an engine room, and renders. Pages know `frame`, never each other.
"""
