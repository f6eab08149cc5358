"""The pages of the notifications: who is told of alerts, and where."""
