"""Signs of life for load balancers, watchdogs and Prometheus. Nobody signs in for them."""
