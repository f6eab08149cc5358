"""The pictures of the guide, made anew from the running pages by `make pictures`; no part of `make test`."""
