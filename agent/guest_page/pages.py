"""The pages themselves, as HTML: nothing is loaded from elsewhere, and no script runs."""

from __future__ import annotations

from collections.abc import Iterator

from agent import page
from agent.guest_page.desk import LONGEST_NAME, Mine
from agent.guest_page.words import Words
from agent.page import text

MAKER = "venuesync: guests"
LOOK_AGAIN = 20  # seconds
STYLE = """
body { max-width: 34rem; font-size: 1.1rem } h1 { font-size: 1.6rem }
form { margin: 1rem 0 } label { display: block; margin: 1rem 0 .3rem; font-weight: 600 }
.tick { display: flex; gap: .7rem; align-items: flex-start; font-weight: 400; line-height: 1.4 }
input[type=checkbox] { flex: none; width: 1.7rem; height: 1.7rem; margin: .1rem 0 0 }
input[type=text], input[type=file] { width: 100%; font: inherit; padding: .8rem; color: inherit;
  border: 2px solid var(--soft); border-radius: 10px; background: var(--back) }
button, .button { display: block; width: 100%; font: inherit; font-weight: 700; text-align: center; padding: 1rem;
  margin: 1.2rem 0 .4rem; border: 2px solid var(--ink); border-radius: 10px; background: var(--ink);
  color: var(--back); text-decoration: none }
button.quiet, .button.quiet { background: none; color: var(--ink); font-weight: 400; border-color: var(--line) }
.said { border-inline-start: 6px solid var(--wait); padding: .6rem .9rem; background: var(--tint); font-weight: 600 }
.said.good { border-color: var(--good) }
.photos { grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); gap: .5rem }
figure img { height: 9rem }
"""


def start(words: Words, event: str, hours: int, *, enroll: bool, said: str = "", good: bool = False) -> bytes:
    """Where a guest begins. `said`: what came of what they did; `enroll`: whether they may have a folder."""

    def parts() -> Iterator[str]:
        yield heading(words, event)
        yield notice(said, good=good)
        yield f"<p>{text(words('lead'))}</p>\n"
        yield '<form method="post" action="/guest" enctype="multipart/form-data">\n'
        yield f'<label for="selfie">{text(words("selfie"))}</label>\n'
        yield '<input id="selfie" type="file" name="selfie" accept="image/*" capture="user" required>\n'
        yield f'<p class="soft small">{text(words("selfie_hint"))}</p>\n'
        if enroll:
            yield f'<label for="name">{text(words("name"))}</label>\n'
            yield f'<input id="name" type="text" name="name" maxlength="{LONGEST_NAME}" autocomplete="name">\n'
            yield f'<p class="soft small">{text(words("name_hint"))}</p>\n'
        yield tick("agree", words("agree", hours=hours), required=True)
        yield f"<button>{text(words('send'))}</button></form>\n"

    return whole(words, parts())


def photos(words: Words, event: str, mine: Mine, page_number: int, guest_after: int) -> bytes:
    """The photos of somebody; the first page looks again by itself."""

    def parts() -> Iterator[str]:
        count = mine.count
        title = words("none") if not count else words("one") if count == 1 else words("some", count=f"{count:,}")
        yield heading(words, event)
        yield f'<h2 id="count">{text(title)}</h2>\n'
        if not count:
            yield f"<p>{text(words('none_more', photos=guest_after))}</p>\n"
        yield f'<p class="soft small">{text(words("again"))}</p>\n' if page_number == 1 else ""
        if mine.link:
            yield f'<a class="button" href="{text(mine.link)}" rel="noreferrer">{text(words("folder"))}</a>\n'
        yield f'<div class="photos">{"".join(picture(words, one) for one in mine.photos)}</div>\n'
        if mine.more:
            yield link(f"/guest/photos?page={page_number + 1}", words("older"))
        yield link("/guest?again=1", words("another"))
        yield button("/guest/leave", words("leave"))
        yield link("/guest/forget", words("forget"))

    return whole(words, parts(), refresh=LOOK_AGAIN if page_number == 1 else None)


def forget(words: Words, event: str) -> bytes:
    def parts() -> Iterator[str]:
        yield heading(words, event)
        yield f"<h2>{text(words('forget_title'))}</h2>\n<p>{text(words('forget_more'))}</p>\n"
        yield '<form method="post" action="/guest/forget">\n'
        yield tick("never", words("forget_never"))
        yield f"<button>{text(words('forget_yes'))}</button></form>\n"
        yield link("/guest/photos", words("forget_no"))

    return whole(words, parts())


def said(words: Words, event: str, key: str) -> bytes:
    """One sentence, and the way back."""
    inside = [heading(words, event), notice(words(key)), link("/guest", words("title"))]
    return whole(words, iter(inside))


def whole(words: Words, parts: Iterator[str], refresh: int | None = None) -> bytes:
    return page.page(
        words("title"), parts, maker=MAKER, style=STYLE, language=words.code, turned=words.turned, refresh=refresh
    )


def heading(words: Words, event: str) -> str:
    return f"<h1>{text(words('event', event=event) if event else words('title'))}</h1>\n"


def notice(said: str, *, good: bool = False) -> str:
    return f'<p class="said{" good" if good else ""}" role="status">{text(said)}</p>\n' if said else ""


def tick(name: str, label: str, *, required: bool = False) -> str:
    wanted = " required" if required else ""
    box = f'<input type="checkbox" name="{name}" value="yes"{wanted}>'
    return f'<label class="tick">{box}<span>{text(label)}</span></label>\n'


def link(address: str, label: str) -> str:
    return f'<a class="button quiet" href="{text(address)}">{text(label)}</a>\n'


def button(address: str, label: str) -> str:
    return f'<form method="post" action="{text(address)}"><button class="quiet">{text(label)}</button></form>\n'


def picture(words: Words, photo: int) -> str:
    return f'<figure><img loading="lazy" alt="{text(words("picture"))}" src="/guest/photos/{photo}"></figure>\n'
