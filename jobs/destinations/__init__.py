"""What a destination may be: its rules, its waterfall, what changed, and trying it out.

Pages and the command ask the same functions, so that both refuse the same things.
"""
