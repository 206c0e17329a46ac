"""Saying no, the way OAuth and the apps' own endpoints do."""

from starlette.responses import JSONResponse, Response

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


class Declined(Exception):
    """A no, with the error code of the RFC, a sentence, and the status of the answer."""

    def __init__(self, error: str, sentence: str, status: int = 400, headers: dict[str, str] | None = None) -> None:
        super().__init__(sentence)
        self.error = error
        self.sentence = sentence
        self.status = status
        self.headers = headers or {}

    def answer(self) -> Response:
        """The no as RFC 6749, section 5.2, wants it."""
        body = {"error": self.error, "error_description": self.sentence}
        return JSONResponse(body, self.status, headers={**NO_STORE, **self.headers})


def unauthorised(error: str, sentence: str) -> Declined:
    """A no to a bearer token (RFC 6750, section 3)."""
    challenge = f'Bearer error="{error}", error_description="{sentence}"'
    return Declined(error, sentence, 401, {"WWW-Authenticate": challenge})
