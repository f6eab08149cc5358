"""Where Clay calls us. Nobody is signed in: the signature is who they are.

A raw body comes in; `jobs.results.hooks` takes it from there.
"""
