"""Whether a form came from our own page. Citizens have no cookies that say who they are: the link's token does.

The cookie of a room of staff is SameSite=Strict besides: a form of another site comes without it.
"""

from urllib.parse import urlsplit

from aiohttp import web


def is_cross_site(request: web.Request, public_url: str) -> bool:
    """Whether the browser says that another site sent this.

    Our pages send `Origin: null` (their Referrer-Policy is no-referrer), and old browsers send nothing: both pass.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get("Origin")
    if origin is None or origin == "null":
        return False
    try:
        sender = urlsplit(origin).netloc
        return sender not in {request.host, urlsplit(public_url).netloc}
    except ValueError:
        return True
