"""Pictures that a team's program uploads, to be named by their digest in a submission."""

from fastapi import APIRouter, UploadFile

from gallery.api.callers import CallerDep
from gallery.api.shown import PictureAnswer
from gallery.pages.dependencies import GalleryDep, NowDep
from gallery.submissions.pictures import MAX_BYTES, PictureStore, keep, prepare

router = APIRouter(tags=["A team’s own"])


@router.post("/pictures", status_code=201)
def upload_picture(
    gallery: GalleryDep, caller: CallerDep, now: NowDep, picture: UploadFile
) -> PictureAnswer:
    """PNG, JPEG, WebP or GIF, up to 20 MB; it is re-encoded, without what cameras write into it."""
    caller.require_account("upload pictures")  # before the work of decoding
    prepared = prepare(picture.file.read(MAX_BYTES + 1))
    store = PictureStore(gallery.settings.pictures_dir)
    with gallery.database.write() as session:
        kept = keep(session, caller, now, store=store, picture=prepared)
        return PictureAnswer.of(kept, gallery.settings.base_url)
