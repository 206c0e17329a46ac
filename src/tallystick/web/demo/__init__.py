"""Pages for trying out: the mailbox that shows what would have been mailed or texted."""
