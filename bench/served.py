"""What the server of the bench serves: the product's pages and the floor, prepared as `tallystick serve` prepares itself."""

from django.core.handlers.wsgi import WSGIHandler

from tallystick.config import processes, settings

settings.ROOT_URLCONF = "bench.floor"
processes.set_up(threads=processes.THREADS, start=False)
application = WSGIHandler()
