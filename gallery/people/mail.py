"""Mail that goes out: by the SMTP server of the settings; on one's own machine, into the log."""

import logging
import smtplib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    headers: Mapping[str, str] = field(default_factory=dict)
    """Beside those that every letter has, or in their place."""


class Undeliverable(Unavailable):
    """The mail server refuses this letter for good; trying again would be in vain."""


def require(settings: Settings) -> None:
    """Raises `Unavailable` where letters reach nobody."""
    if not settings.mail_arrives:
        raise Unavailable(
            "this gallery sends no mail, as no mail server is set (SMTP_URL); "
            "sign in with the Hub, or tell the organisers"
        )


def send(settings: Settings, mail: Mail) -> None:
    """Raises `Unavailable` when there is no mail server, or it does not take the letter now, and
    `Undeliverable` when it never will.

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
    for name, value in mail.headers.items():
        del message[name]
        message[name] = value
    message.set_content(mail.text)
    try:
        _hand_over(urlsplit(settings.smtp_url.get_secret_value()), message, to=mail.to)
    except (OSError, smtplib.SMTPException) as error:
        log.error("mail could not be sent: %s", type(error).__name__)
        kind = Undeliverable if _is_for_good(error) else Unavailable
        raise kind(
            "the mail server does not take our mail now; try again in a minute, "
            "or tell the organisers"
        ) from None


def _is_for_good(error: Exception) -> bool:
    """SMTP's answers from 500 on are meant to last."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    return isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500


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
