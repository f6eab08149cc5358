"""Tools that every part uses and that know no app: Redis, queues, workers, wording, CSV, charts, environment.

Nothing comes in but plain values. Keeps promise 6 where it is a matter of tools: a lost Redis raises or is
said, it never hangs (`redis`), and work that could not be queued is found again by the tick (`queues`).
"""
