"""Pictures that a team's program uploads, to be named by their digest in a submission."""

from fastapi import APIRouter, UploadFile

from gallery.api.callers import CallerDep
from gallery.api.shown import PictureAnswer
from gallery.submissions import uploads
from gallery.web.dependencies import GalleryDep, NowDep

router = APIRouter(tags=["A team’s own"])


@router.post("/pictures", status_code=201)
async def upload_picture(
    gallery: GalleryDep, caller: CallerDep, now: NowDep, picture: UploadFile
) -> PictureAnswer:
    """PNG, JPEG, WebP or GIF, up to 20 MB; it is re-encoded, without what cameras write into it."""
    kept = await uploads.take(gallery, caller, now, picture.file)
    return PictureAnswer.of(kept, gallery.settings.base_url)
