"""Pages of the whole product: dashboard, account, budget, settings, errors."""
