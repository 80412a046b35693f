"""Children that do not do what they are asked; each is run in the place of drivers.reading."""
