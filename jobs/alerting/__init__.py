"""Alerts: what needs a person now. One mechanism for all sources: see `jobs.alerting.alert`.

Sources look at their part of the product; what is wrong is recorded, told, and ends by itself. Keeps promise
5: what hangs, stops or fails shows on every page within a minute, whatever else stands still (`watching`).
"""
