"""Odd files as people report them to tools like this one, and what each is read as."""
