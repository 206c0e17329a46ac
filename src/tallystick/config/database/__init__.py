"""Django's engine for PostgreSQL, with a memory for outages: whoever asks again at once is told at once."""
