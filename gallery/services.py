"""Services of a running gallery: what stands on its use cases, made once, shared by all pages."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated

from fastapi import Depends, Request

from gallery.backups.continuous import ContinuousBackup
from gallery.backups.repo import BackupRepo
from gallery.browsing.listing import Listing
from gallery.gallery import Gallery
from gallery.judging.ahead import Ahead
from gallery.judging.background.reckoner import Reckoner
from gallery.judging.same_input.running import Running
from gallery.submissions.withheld import Withheld


@dataclass(frozen=True)
class Services:
    """Each is made when it is first used."""

    gallery: Gallery

    @cached_property
    def listing(self) -> Listing:
        """What can be searched, in memory; begins to follow the database when it is first used."""
        return Listing(self.gallery.database)

    @cached_property
    def withheld(self) -> Withheld:
        """Which pictures are not for everybody any more."""
        return Withheld(self.gallery.database)

    @cached_property
    def reckoner(self) -> Reckoner:
        """What takes longer than a visitor waits; the application closes it."""
        return Reckoner(folder=self.gallery.settings.data_dir / "reckoned")

    @cached_property
    def same_input(self) -> Running:
        """Asks demos for the jury's sheets, while the gallery is served."""
        return Running(self.gallery)

    @cached_property
    def ahead(self) -> Ahead:
        """Wakes demos before a juror comes to them, while the gallery is served."""
        return Ahead(self.gallery)

    @cached_property
    def backups(self) -> ContinuousBackup:
        """Keeps this gallery on the Hub, where the settings say so."""
        gallery, settings, repo = self.gallery, self.gallery.settings, None
        if settings.backup_repo:
            token = settings.hf_token
            secret = token.get_secret_value() if token else None
            repo = BackupRepo(settings.hf_endpoint, settings.backup_repo, secret)
        return ContinuousBackup(
            repo,
            gallery.database,
            settings.pictures_dir,
            keep=settings.backup_keep,
            clock=gallery.clock,
        )

    def close(self) -> None:
        """Ends what runs beside the pages; what was never used is not made for it."""
        reckoner = vars(self).get("reckoner")
        if reckoner is not None:
            reckoner.close()


async def _services(request: Request) -> Services:
    return request.app.state.services


ServicesDep = Annotated[Services, Depends(_services)]
