"""The pages of whoever was asked: no account, no session row; a link brought them, and it proves nothing."""
