"""Training on a Spark cluster: ratings of any size -> factors. The only place that knows pyspark."""
