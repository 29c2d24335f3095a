"""Training on a Spark cluster; the only package that imports pyspark."""
