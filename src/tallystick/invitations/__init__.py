"""The ask: what one side asks of one person by a link, and the link of an organisation's own by which apps are connected."""
