"""Runs that are out at Clay: the list, and what a person does about those that take too long (promise 5)."""
