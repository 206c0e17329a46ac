"""What the demo starts with: two firms, their clients in every state, people in every role, some weeks of facts."""

from tallystick.config.demo.loading import load

__all__ = ["load"]
