"""Saying no: the one exception by which a verb declines, with a sentence a person can act on."""


class Refused(Exception):
    """A verb's no. Pages show the message; the API answers problem details with the code.

    `code` is stable and snake_case; `message` is a translated sentence that names the thing and the value;
    `next_step` says what to do now; `field` names the form field at fault, if one is; `status` is the HTTP status
    (403 unless the state of things, not the right to act, is in the way: then 409).
    """

    def __init__(self, code: str, message: str, *, next_step: str = "", field: str = "", status: int = 403) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.next_step = next_step
        self.field = field
        self.status = status
