"""The people who work here: seen by everybody, managed by owners; and the link that lets somebody in."""
