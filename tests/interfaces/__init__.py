"""The documents of our interfaces, held against what is really sent and answered."""
