"""What Prometheus is told: how things stand, counted when it asks, and how long our own pages took."""
