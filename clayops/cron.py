"""What the scheduler (`manage.py rqcron clayops.cron`) puts on the queues. A missed one is no loss."""

from rq.cron import register

from jobs import tasks

register(tasks.tick, "results", interval=5, ttl=10, result_ttl=10, failure_ttl=86_400, job_timeout=120)
register(tasks.collect, "results", interval=2, ttl=5, result_ttl=10, failure_ttl=86_400, job_timeout=120)
