"""The fleet's page: what the ledger knows, as tables and plots, for people who sign in, each by the role."""
