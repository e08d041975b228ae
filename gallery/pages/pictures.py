"""Pictures at addresses that never change what they show, and the place to hand one in."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, File, Request, UploadFile
from starlette.responses import Response

from gallery.errors import NotFound
from gallery.people.sessions import COOKIE
from gallery.services import Services, ServicesDep
from gallery.submissions import uploads
from gallery.submissions.pictures import WIDTHS, PictureStore
from gallery.web.assets import FOREVER
from gallery.web.dependencies import GalleryDep, NowDep, ViewerDep, actor_behind

PRIVATE = {"Cache-Control": "no-store"}
"""For pictures that were everybody's and are their team's again."""

router = APIRouter(include_in_schema=False)


def address(digest: str, width: int | None = None) -> str:
    """Where a stored picture is; `width` is 480, 960, or None for the whole one."""
    return f"/pictures/{digest}.webp" if width is None else f"/pictures/{digest}/{width}.webp"


@router.post("/pictures", status_code=201)
async def hand_in(
    gallery: GalleryDep,
    viewer: ViewerDep,
    now: NowDep,
    picture: Annotated[UploadFile, File()],
) -> dict[str, str | int]:
    """Keeps a picture and gives its digest; raises what `uploads.take` raises."""
    kept = await uploads.take(gallery, viewer, now, picture.file)
    return {"digest": kept.digest, "width": kept.width, "height": kept.height}


@router.get("/pictures/{digest}.webp")
def whole(request: Request, digest: str, services: ServicesDep, now: NowDep) -> Response:
    return _picture(request, services, now, digest, None)


@router.get("/pictures/{digest}/{width}.webp")
def smaller(
    request: Request, digest: str, width: int, services: ServicesDep, now: NowDep
) -> Response:
    """A narrow picture is shown whole at any of the widths."""
    if width not in WIDTHS:
        raise NotFound(f"pictures are {' or '.join(map(str, WIDTHS))} pixels wide, or whole")
    return _picture(request, services, now, digest, width)


def _picture(
    request: Request, services: Services, now: datetime, digest: str, width: int | None
) -> Response:
    """Read here and now: a response that streams sends each of its steps to another thread."""
    gallery, withheld = services.gallery, services.withheld
    path = PictureStore(gallery.settings.pictures_dir).path(digest, width)
    headers = FOREVER
    if withheld.holds(digest):
        actor = actor_behind(gallery, request.cookies.get(COOKIE), now)
        if not withheld.may_see(actor, digest):
            raise NotFound("there is no picture at this address")
        headers = PRIVATE
    return Response(path.read_bytes(), media_type="image/webp", headers=headers)
