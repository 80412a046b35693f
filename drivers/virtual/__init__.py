"""Virtual peers for demo and tests: an ONT that answers from captures, and a whole customer line."""
