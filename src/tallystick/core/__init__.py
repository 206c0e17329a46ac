"""What every room stands on: who acts, saying no, rows and periods, the one clock, sealing."""
