"""What a map is made of: layouts and their axes, regions and names, new points, what is selected."""
