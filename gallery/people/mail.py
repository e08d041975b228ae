"""Mail that goes out: by the SMTP server of the settings; on one's own machine, into the log."""

import logging
import smtplib
import ssl
from collections.abc import Iterable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, unquote, urlsplit

from gallery.errors import Unavailable
from gallery.settings import Settings

TIMEOUT = 15
"""Seconds that the mail server gets for each answer."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Mail:
    """One message to one person. `subject` is one line."""

    to: str
    subject: str
    text: str


def require(settings: Settings) -> None:
    """Raises `Unavailable` where letters reach nobody."""
    if not settings.mail_arrives:
        raise Unavailable(
            "this gallery sends no mail, as no mail server is set (SMTP_URL); "
            "sign in with the Hub, or tell the organisers"
        )


def send(settings: Settings, mail: Mail) -> None:
    """Raises `Unavailable` when there is no mail server, or it does not take the letter.

    Never inside a transaction.
    """
    require(settings)
    if settings.smtp_url is None:
        # The log is the mail server of whoever tries the gallery on their own machine.
        log.warning("no SMTP_URL is set; mail to %s: %s\n%s", mail.to, mail.subject, mail.text)
        return
    message = EmailMessage()
    message["From"] = settings.mail_from
    message["To"] = mail.to
    message["Subject"] = mail.subject
    message["Date"] = formatdate()
    message["Message-ID"] = make_msgid(domain=settings.mail_from.rpartition("@")[2] or None)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    try:
        _hand_over(urlsplit(settings.smtp_url.get_secret_value()), message, to=mail.to)
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail could not be sent: %s", type(error).__name__)
        raise Unavailable(
            "the mail server does not take our mail now; try again in a minute, "
            "or tell the organisers"
        ) from None


def send_all(settings: Settings, mails: Iterable[Mail]) -> None:
    """News about decisions: what cannot be sent is in the log, and on the pages anyway."""
    for mail in mails:
        try:
            send(settings, mail)
        except Unavailable:
            log.error("%r was not sent", mail.subject)


def _hand_over(server: SplitResult, message: EmailMessage, *, to: str) -> None:
    """To this address and no other, whatever the header's syntax makes of it."""
    host = server.hostname or "localhost"
    context = ssl.create_default_context()
    if server.scheme == "smtps":
        connection = smtplib.SMTP_SSL(host, server.port or 465, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(host, server.port or 587, timeout=TIMEOUT)
    with connection:
        connection.ehlo()
        if server.scheme != "smtps" and connection.has_extn("starttls"):
            connection.starttls(context=context)
            connection.ehlo()
        if server.username:
            connection.login(unquote(server.username), unquote(server.password or ""))
        connection.send_message(message, to_addrs=[to])
