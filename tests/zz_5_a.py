from datetime import timedelta, datetime, UTC
from decimal import Decimal
import time
import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from jobs import alerts
from jobs.models import Destination
from jobs.providing import reading, cells
from jobs.providing.reading import Reading
from clayops.clay import Cell
from providers import health, recording, steering, choosing
from providers.models import Provider, ProviderEvent, Arrival, ProviderHour
from providers.terms import Attempt, Evidence, Outcome
from providers.waterfall import Choice, of_names
from tests.support import a_destination
from tests.providers.conftest import NOON, MINUTE, feed, choose, state, row, probed

pytestmark = pytest.mark.django_db

@pytest.fixture
def client(db):
    u = User.objects.create_user("ana", password="clay and water"); c = Client(); c.force_login(u); return c

def test_a_alert_text(client):
    people = a_destination(waterfall=["hunter", "prospeo"])
    recording.record([Attempt("hunter", Outcome.ERROR)] * 60)
    recording.record([Attempt("hunter", Outcome.SUCCESS)] * 100)
    print("ALERT", [ (a.text, a.detail) for a in alerts.current()] if hasattr(alerts, "current") else None)
    from jobs.alerting.sources import providers as src
    print("SRC", [(a.text, a.detail) for a in src.alerts()])
    print("CHOICE", choosing.choose(of_names(["hunter", "prospeo"])).why)
    print([(e.old, e.new, e.reason) for e in ProviderEvent.objects.all()])

def test_b_label(client):
    people = a_destination(waterfall=["hunter"])
    recording.record([Attempt("prospeo", Outcome.SUCCESS)] * 30)
    steering.change(row("prospeo"), "Prospeo (EU account)", None)
    r = client.get(f"/destinations/{people.pk}/waterfall")
    print("OFFERED", [o for o in r.context["offered"] if "rospeo" in o])
    r = client.post(f"/destinations/{people.pk}/waterfall", {"step": ["0"], "provider-0": "hunter", "credits-0": "", "on-0": "yes", "new": "Prospeo (EU account)", "sends_lists": "on", "use_input": "use_providers", "skip_input": "skip_providers"})
    people.refresh_from_db()
    print("SAVED", r.status_code, people.providers, list(Provider.objects.values_list("name", "label")))

def test_c_probes_pile_up():
    feed("x" * 30)
    out = []
    t = NOON
    n = 0
    for minute in range(1, 11):
        if choose("hunter", "prospeo", now=NOON + MINUTE * minute).probes: n += 1
    print("PROBE BATCHES with none home after 10 min:", n, "rows", n * 10, state(), row().cool_down)
    # first probe fails; others come home one after another
    base = NOON + MINUTE * 10
    for k in range(n):
        at = base + timedelta(seconds=130 * (2**k if k < 6 else 64))
        c = choose("hunter", "prospeo", now=at)
        probed("x" * 10, at + timedelta(seconds=1))
        print(k, c.probes, row().cool_down)

def test_d_nested(client):
    people = a_destination(waterfall=["hunter", "prospeo"], provider_outputs=[{"output": "email.provider", "means": "found", "provider": ""}, ], attempts_output="")
    how = Reading.of(people)
    for result in ({"email": {"provider": "prospeo"}}, {"email": {"provider": None}}, {"email": {"provider": ""}}, {"email.provider": None}, {}, {"email": None}):
        print(result, [(a.provider, a.outcome.value) for a in reading.told(result, how, Choice(), 0).attempts])

def test_e_cells_unmapped(client):
    people = a_destination(waterfall=["hunter", "prospeo", "wiza"], attempts_output="", reads_cells=True, cell_columns={"H": "hunter", "W": "wiza"})
    how = Reading.of(people)
    told = cells._told({"H": Cell("empty", None, None), "W": Cell("empty", None, None)}, people.cell_columns, how, Choice(use=["hunter", "prospeo", "wiza"]), 0, ran_through=True)
    print("CELLS", [(a.provider, a.outcome.value) for a in told])

def test_f_odd(client):
    recording.record([Attempt("hunter", Outcome.SUCCESS)] * 30)
    pk = row().pk
    for url in ("/providers/99999999999999999999999", f"/providers/{pk}/log?after=zzz", f"/providers/{pk}/log?before=99999999999999999999", "/providers/0", "/providers/99999999999999999999/live", "/destinations/99999999999999999999/waterfall", "/destinations/99999999999999999999/outcomes", f"/providers/{pk}/pin", f"/providers/{pk}/reset", "/providers/9223372036854775807/log","/providers/9223372036854775808/log"):
        try: print(url, client.get(url).status_code)
        except Exception as e: print(url, "RAISES", repr(e)[:200])
    for url, data in [(f"/providers/{pk}/pin", {"pinned": "bogus", "why": "x"}), (f"/providers/{pk}/pin", {"pinned": "in", "why": "x" * 600}), (f"/providers/{pk}/pin", {"pinned": "in", "why": "a\0b"}), (f"/providers/{pk}/change", {"label": "x\0", "credits": "1e999999"}), (f"/providers/{pk}/change", {"label": "   ", "credits": "٣"}), (f"/providers/{pk}/change", {"label": "x", "credits": "-0"}), (f"/providers/{pk}/change", {"label": "x", "credits": "1_0"}),(f"/providers/{pk}/change", {"label": "x", "credits": "1e-99999999"}), (f"/providers/{pk}/reset", {"why": "y" * 501}), ("/providers/add", {"name": "ß" * 100}), ("/providers/add", {"name": "\u200b"}), ("/providers/add", {"name": "İ" * 100}), ("/providers/99999999999999999999/accept", {}), ("/providers/99999999999999999999/remove", {})]:
        try:
            r = client.post(url, data); print(url, str(data)[:50], r.status_code)
        except Exception as e: print(url, str(data)[:50], "RAISES", repr(e)[:200])
    print(list(Provider.objects.values_list("name", "label", "credits", "pinned", "pin_reason")))

def test_g_n1(client):
    for k in range(5): a_destination(f"D{k}", waterfall=[f"p{j}" for j in range(10)])
    for n in (10, 60):
        for j in range(n): recording.record([Attempt(f"p{j}", Outcome.of("sex"[i % 3])) for i in range(100)])
        client.get("/providers")
        with CaptureQueriesContext(connection, ) as q:
            r = client.get("/providers/live", HTTP_HX_REQUEST="true")
        t = time.perf_counter(); client.get("/providers/live"); t = time.perf_counter() - t
        print("N", n, "queries", len(q), "bytes", len(r.content), "s", round(t, 3))
    Provider.objects.update(is_new=False)
    for j in range(60, 200): recording.record([Attempt(f"p{j}", Outcome.of("sex"[i % 3])) for i in range(100)])
    t = time.perf_counter(); r = client.get("/providers/live"); t = time.perf_counter() - t
    print("200 providers", len(r.content), round(t, 3))
    t = time.perf_counter(); r = client.get("/"); t = time.perf_counter() - t
    print("dashboard", len(r.content), round(t, 3))

def test_h_credits_per_hit():
    recording.record([Attempt("hunter", Outcome.SUCCESS, Decimal(2))] * 10 + [Attempt("hunter", Outcome.SUCCESS)] * 10)
    print("CPH", health.health("hunter").credits_per_hit)

def test_i_poison(client):
    Arrival.objects.create(attempts=[["hunter", "s", None, None, "c"]], at=NOON)  # the shape before sent_at
    Arrival.objects.create(attempts=[Attempt("hunter", Outcome.SUCCESS).dumped()], at=NOON)
    for _ in range(3):
        try: recording.catch_up(); print("ok")
        except Exception as e: print("RAISES", repr(e))
    print(Arrival.objects.count(), health.health("hunter").requests)

def test_j_remove_race():
    recording.record([Attempt("hunter", Outcome.SUCCESS)])
    a = recording.note([Attempt("hunter", Outcome.SUCCESS)] )
    steering.remove(row())
    recording.remember(a)
    print("after", list(Provider.objects.values_list("name", "is_new")), health.health("hunter").requests, ProviderHour.objects.count())
