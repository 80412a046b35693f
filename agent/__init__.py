"""The station and its peers: orders, records, seals, journal, delivery, acceptor, command line."""
