"""The inspection of pages finds planted faults, and none on a page without."""

from playwright.sync_api import Browser

from .inspection import inspect

PAGE = """<!doctype html><html lang="en"><title>Title</title>
  <style>
    body { color: #000; background: #fff }
    .button { border: 1px solid; appearance: none }
    .bare { border: 0 }
    .moving { animation: move 1s infinite }
    .long { display: none }
    .cover { position: fixed; inset: 50% 0 0; z-index: 1; background: #fff }
    @keyframes move { to { left: 1px } }
    @media print { .long { display: block; width: 900px } }
  </style>
  <main><h1>Title</h1><p><a class="button" href="#one">One</a></p>CONTENT</main>"""
FAULTS = {
    "button-name": "<button></button>",
    "too wide at 320": "<p style='width: 400px'>Wide</p>",
    "too wide for paper": "<p class='long'>Long</p>",
    "moves": "<p class='moving'>Moving</p>",
    "in a contrast theme": "<button class='button bare'>Bare</button>",
    "mouse only": "<p style='cursor: pointer'>Press</p>",
    "order": "<button tabindex='3'>First</button>",
    "focus not visible": "<button style='outline: 0'>Same</button>",
    "on paper": "<p class='cover'>Cover</p>",
    "no button to send it": "<form><label>Text <input></label><button class='long'>Send</button></form>",
    "two main buttons": "<a class='button' href='#two'>Two</a>",
    "focus covered": "<button style='position: absolute; top: 60%'>Low</button>",
}


def test_each_planted_fault_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(PAGE.replace("CONTENT", ""))
    assert inspect(page) == []

    page.set_content(PAGE.replace("CONTENT", "".join(FAULTS.values())))
    problems = inspect(page)
    assert {kind for kind in FAULTS if any(problem.startswith(kind) for problem in problems)} == {*FAULTS}
    page.close()


def test_next_action_below_the_first_view_is_found(browser: Browser) -> None:
    page = browser.new_page()
    page.set_content(PAGE.replace("CONTENT", "<style>h1 { padding-top: 780px }</style>"))
    problems = inspect(page)
    page.close()
    assert [problem.split(":")[0] for problem in problems] == ["not in the first view at 390"]
