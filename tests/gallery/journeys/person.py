"""Somebody at a browser, who does what people do."""

from dataclasses import dataclass

from playwright.sync_api import Page, expect


@dataclass(frozen=True)
class Person:
    """Somebody with a browser of their own; signed in as `name`, or a visitor without one."""

    page: Page
    site: str
    name: str = ""

    def go(self, path: str = "") -> Page:
        """To a page of the event."""
        self.page.goto(f"{self.site}/summer{path}")
        return self.page

    def press(self, button: str) -> None:
        self.page.get_by_role("button", name=button, exact=True).click()

    def follow(self, link: str) -> None:
        self.page.get_by_role("link", name=link, exact=True).first.click()

    def reads(self, words: str) -> None:
        """As what a change came to."""
        expect(self.page.get_by_role("status").filter(has_text=words)).to_be_visible()

    def finds(self, words: str, title: str | None) -> None:
        """Searches at home as one types: one demo of this title, or nothing."""
        self.go()
        self.page.get_by_role("searchbox").press_sequentially(words, delay=20)
        if title is None:
            heading = self.page.get_by_role("heading", name=f"Nothing found for “{words}”")
            expect(heading).to_be_visible()
            return
        expect(self.page.locator("#said")).to_have_text(f"1 demo for “{words}”")
        expect(self.page.locator(".demo .title")).to_have_text(title)

    def signs_in(self) -> None:
        """At the door, with a name at the small Hub."""
        self.page.get_by_role("link", name="Continue to").click()
        self.page.get_by_label("Your name here").fill(self.name)
        self.press("Sign in")

    def signs_up(self, about: str = "") -> None:
        """From the list of ideas, by way of the door."""
        self.go("/ideas")
        self.follow("Sign up")
        self.follow("Sign in to sign up")
        self.signs_in()
        self.page.get_by_label("What would you like to make").fill(about)
        self.press("Sign up")
        self.reads("You are signed up")
