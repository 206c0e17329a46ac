"""What several files on the configuration ask for."""

from tests.support.serving import serving

__all__ = ["serving"]
