"""What every page shares: typed requests, navigation, looks of states, paging, errors.

Pages import it, it imports no page.
"""
