"""How to talk to an ONT: sessions, profiles as data, decoding; reads firmware_profiles, imports only diagnostics."""
