"""Why Zalo cannot be called at the moment, although nothing is wrong with the message."""


class TokenTrouble(Exception):
    """There is no access token to call with. `is_final`: a person must authorise again; otherwise it is worth trying later.

    The message is the fault, a short name that is safe to log.
    """

    def __init__(self, fault: str, *, is_final: bool) -> None:
        super().__init__(fault)
        self.fault = fault
        self.is_final = is_final
