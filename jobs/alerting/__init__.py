"""Alerts: what needs a person now. One mechanism for all sources: see `jobs.alerting.alert`."""
