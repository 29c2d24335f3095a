"""The HTTP API: the queries of the command line, and jobs."""
