"""Maps: layouts, their trustworthiness, regions, selections, new points."""
