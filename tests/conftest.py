"""What all tests share: hypothesis without deadlines, and with the same examples in every run."""

from hypothesis import settings

settings.register_profile("house", deadline=None, derandomize=True)
settings.load_profile("house")
