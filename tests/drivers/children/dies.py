"""Dies at once."""

import sys

sys.exit("boom")
