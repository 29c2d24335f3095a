"""Models of ratings, one file each."""
