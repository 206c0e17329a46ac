"""People: how they sign in, what proves who they are, where they can be reached."""
