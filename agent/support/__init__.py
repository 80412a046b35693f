"""Remote support: what an engineer may ask a station for, and how it answers. Read-only, consented, bounded."""
