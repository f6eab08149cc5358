"""Several web processes keep their times in one folder, and each tells those of all."""

import os
import subprocess
import sys
from pathlib import Path

from tests.clayops.up.product import ROOT

OBSERVE = "from clayops.pages.health.metrics.requests import TOOK; TOOK.labels('job', '2xx').observe(0.2)"
TELL = """
from prometheus_client import CollectorRegistry, generate_latest
from clayops.pages.health.metrics import requests
registry = CollectorRegistry()
requests.register(registry)
print(generate_latest(registry).decode())
"""


def python(code: str, folder: Path) -> str:
    env = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(folder)}
    argv = [sys.executable, "-c", code]
    return subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, check=True).stdout


def test_a_scrape_of_one_tells_of_all_also_of_those_that_died(tmp_path: Path) -> None:
    for _ in range(2):
        python(OBSERVE, tmp_path)
    told = python(f"{OBSERVE}\n{TELL}", tmp_path).splitlines()
    assert 'clayops_request_seconds_count{status="2xx",view="job"} 3.0' in told
    assert 'clayops_request_seconds_bucket{le="0.1",status="2xx",view="job"} 0.0' in told
    assert 'clayops_request_seconds_bucket{le="0.25",status="2xx",view="job"} 3.0' in told
