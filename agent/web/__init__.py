"""The technician's page: served by the station to a phone beside it, in Chinese and English, without any network."""
