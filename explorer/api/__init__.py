"""The HTTP API: the questions of the command line, and jobs, for programs."""
