"""Settings: the account, and how this installation is connected."""
