"""Compare a page that stayed open with the same page loaded again."""

from difflib import unified_diff

from playwright.sync_api import Page, expect

# What differs each time a page is rendered, is shown once, or that only the user changes.
NORMALIZED = """() => {
  const main = document.querySelector("main").cloneNode(true);
  const live = document.querySelectorAll("main input");
  main.querySelectorAll("input").forEach((input, index) => {
    input.toggleAttribute("checked", live[index].checked);
    if (live[index].type === "text") input.setAttribute("value", live[index].value);
  });
  main.querySelectorAll("[name=csrfmiddlewaretoken], [name=form_token], [name=version]").forEach((it) => it.remove());
  main.querySelectorAll(":scope > .notices").forEach((it) => it.remove());
  main.querySelectorAll("time").forEach((it) => (it.textContent = ""));
  main.querySelectorAll(".saved").forEach((it) => (it.textContent = ""));
  main.querySelectorAll("details").forEach((it) => it.removeAttribute("open"));
  main.querySelectorAll("h1, h2, h3, .notice").forEach((it) => it.removeAttribute("tabindex"));
  main.querySelectorAll("[class='']").forEach((it) => it.removeAttribute("class"));
  return main.outerHTML.replace(/\\s+/g, " ").replace(/> </g, ">\\n<");
}"""


def look_again(page: Page) -> None:
    """Return to the tab, as a user does who was on another one."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def expect_fresh(page: Page) -> None:
    """Compare the page with one that is loaded now."""
    expect(page.locator("#poll[hx-trigger^=every]")).to_have_count(0)
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling")).to_have_count(0)
    fresh = page.context.new_page()
    fresh.goto(page.url)
    is_now, should_be = page.evaluate(NORMALIZED).split("\n"), fresh.evaluate(NORMALIZED).split("\n")
    fresh.close()
    assert is_now == should_be, "\n".join(unified_diff(should_be, is_now, "loaded", f"live {page.url}", n=1))
