// Small improvements. Every page works without this file. It is loaded in <head>, so that theme and buttons are right
// at first paint.
(() => {
  const root = document.documentElement;
  root.classList.add("js");

  const useTheme = (theme) => {
    theme ? root.setAttribute("data-theme", theme) : root.removeAttribute("data-theme");
    for (const button of document.querySelectorAll("[data-theme-choice]")) {
      button.setAttribute("aria-pressed", String(button.dataset.themeChoice === theme));
    }
  };
  // A browser that refuses storage throws an error. The choice then lasts until the next page.
  const stored = (name, storage = "localStorage") => {
    try {
      return window[storage].getItem(name) ?? "";
    } catch {
      return "";
    }
  };
  const store = (name, value, storage = "localStorage") => {
    try {
      window[storage].setItem(name, value);
    } catch {}
  };
  useTheme(stored("theme"));
  document.addEventListener("DOMContentLoaded", () => useTheme(stored("theme")));

  const announce = (words) => {
    const region = document.getElementById("announcements");
    region.textContent = "";
    requestAnimationFrame(() => (region.textContent = words));
  };

  // If the clipboard is not available (plain HTTP, old browsers), the value is selected, ready for Ctrl+C.
  const copy = async (button) => {
    const value = document.getElementById(button.dataset.copy) ?? button.parentElement.querySelector("code, pre");
    try {
      await navigator.clipboard.writeText(value.textContent.trim());
    } catch {
      getSelection().selectAllChildren(value);
      return announce(button.dataset.selected);
    }
    const label = button.querySelector("span");
    const before = label.textContent;
    if (before === button.dataset.copied) return;
    label.textContent = button.dataset.copied;
    button.toggleAttribute("data-done", true);
    announce(button.dataset.copied);
    setTimeout(() => {
      label.textContent = before;
      button.removeAttribute("data-done");
    }, 2000);
  };

  // A link with a ready-made text. Without this file, it loads the page with the text filled in.
  const fill = (link, event) => {
    const field = document.getElementById(link.dataset.fill);
    event.preventDefault();
    field.value = [field.value.trim(), link.textContent].filter(Boolean).join("\n");
    field.focus();
  };

  // A shown password is hidden again before its form is sent, so that the browser does not store it as text.
  const reveal = (button, shown) => {
    document.getElementById(button.dataset.reveal).type = shown ? "text" : "password";
    button.setAttribute("aria-pressed", String(shown));
  };
  document.addEventListener("submit", ({ target }) => {
    for (const button of target.querySelectorAll("[data-reveal]")) reveal(button, false);
  });

  document.addEventListener("click", (event) => {
    const { target } = event;
    const copying = target.closest("[data-copy]");
    if (copying) copy(copying);
    const revealing = target.closest("[data-reveal]");
    if (revealing) reveal(revealing, revealing.getAttribute("aria-pressed") === "false");
    const filling = target.closest("[data-fill]");
    if (filling) fill(filling, event);
    if (target.closest("[data-print]")) window.print();
    if (target.closest("[data-keys]")) {
      store("keys", keysOff() ? "" : "off");
      showKeys();
    }
    const choice = target.closest("[data-theme-choice]")?.dataset.themeChoice;
    if (choice !== undefined) {
      store("theme", choice);
      useTheme(choice);
    }
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(target)) menu.open = false;
    }
  });

  // A row of links that is wider than a phone shows the one of this page.
  const showCurrent = () => {
    for (const link of document.querySelectorAll(":is(.navigation, .tabs) [aria-current]")) {
      const row = link.closest(".navigation, .tabs");
      const hidden = link.getBoundingClientRect().right - row.getBoundingClientRect().right;
      // So far that a part of the next link, or the end of the row, shows too.
      if (hidden > 0) row.scrollLeft += hidden + 48;
    }
  };
  document.addEventListener("DOMContentLoaded", showCurrent);

  // The preview of an email is as high as the email, at every width.
  const fitEmail = (frame) => {
    const borders = frame.offsetHeight - frame.clientHeight;
    const fit = ([{ target }]) => (frame.style.height = `${target.offsetHeight + borders}px`);
    new ResizeObserver(fit).observe(frame.contentDocument.body);
  };
  document.addEventListener("load", ({ target }) => target.matches?.("iframe.mail") && fitEmail(target), true);

  // Keys of links, such as j for the next request. Speech input types letters too, so users can turn the keys off.
  const keysOff = () => stored("keys") === "off";
  const showKeys = () => document.querySelector("[data-keys]")?.setAttribute("aria-pressed", String(!keysOff()));
  document.addEventListener("DOMContentLoaded", showKeys);
  document.addEventListener("keydown", (event) => {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (keysOff() || ctrlKey || metaKey || altKey || target.closest("input, select, textarea")) return;
    const control = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!control?.matches("input")) return control?.click();
    event.preventDefault(); // the key would be typed into the field
    control.focus();
  });

  // A checked task closes, and the next one opens.
  document.addEventListener("change", ({ target }) => {
    const task = target.matches(".task__box:checked") && target.closest(".task");
    const instructions = task && task.querySelector("details");
    if (!instructions?.open) return;
    instructions.open = false;
    const next = task.parentElement.querySelector(".task:has(.task__box:not(:checked)) > details");
    if (next) next.open = true;
  });

  document.addEventListener("keydown", ({ key }) => {
    const menu = key === "Escape" && document.querySelector("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // htmx replaces the parts of a page that depend on its state: see wizard_layout.html. A part that the server renders as
  // before stays, with what is typed, opened and focused in it.
  const shown = new Map();
  const versionOf = (part) => {
    if (part.dataset.version !== undefined) return part.dataset.version;
    const copy = part.cloneNode(true);
    for (const token of copy.querySelectorAll("[name=csrfmiddlewaretoken], [name=form_token]")) token.remove();
    // When this user saved something stays said until they save again.
    for (const saved of copy.querySelectorAll(".saved")) saved.textContent = "";
    return copy.outerHTML;
  };
  document.addEventListener("DOMContentLoaded", () => {
    for (const { attributes } of document.querySelectorAll("[hx-select-oob]")) {
      for (const part of document.querySelectorAll(attributes["hx-select-oob"].value)) {
        shown.set(part.id, versionOf(part));
      }
    }
  });

  // What the user has opened in a part stays open in the one that takes its place. A focused link or button keeps the
  // focus. If it is gone, what came in its place gets it: a heading, the part itself, or the next action.
  // A fold whose summary has a number is known by its id.
  const foldName = (summary) => summary.parentElement.id || summary.textContent;
  const opened = (part) => [...part.querySelectorAll("details[open] > summary")].map(foldName);
  const open = (part, names) => {
    for (const summary of part.querySelectorAll("summary")) {
      if (names.includes(foldName(summary))) summary.parentElement.open = true;
    }
  };
  const isSame = (one, other) =>
    one.id === other.id &&
    (one.id || (one.href ? one.href === other.href : one.textContent === other.textContent));
  const counterpart = (part, element) => [...part.querySelectorAll(element.tagName)].find((it) => isSame(it, element));
  const isLost = () => [null, document.body].includes(document.activeElement);
  const focus = (element) => {
    if (!element || !isLost()) return;
    if (element.matches("h1, h2, h3, .notice")) element.tabIndex = -1;
    element.focus({ preventScroll: !element.matches("[role=alert]") });
  };
  const focusInPart = (part) => {
    focus(part?.querySelector("h2, h3"));
    focus(part);
    focus(part?.querySelector(".button"));
  };
  // In a part that stays, some still follows the state: counts, and the boxes that users check. A box that was changed
  // after the request was sent stays: its own request comes next.
  let changes = 0;
  let changesBefore = 0;
  const changed = new WeakMap();
  document.addEventListener("change", ({ target }) => changed.set(target, ++changes), { capture: true });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => changed.set(detail.xhr, changes));
  document.addEventListener("htmx:beforeOnLoad", ({ detail }) => (changesBefore = changed.get(detail.xhr)));
  const follow = (part, fragment) => {
    const saved = fragment.querySelector(".saved:not([hx-post])");
    if (saved?.textContent.trim()) part.querySelector(".saved").textContent = saved.textContent;
    for (const live of fragment.querySelectorAll("[data-live]")) {
      const before = document.getElementById(live.id);
      if (live.type !== "checkbox") before.replaceWith(live);
      else if (!(changed.get(before) > changesBefore)) before.checked = before.defaultChecked = live.checked;
    }
  };
  let unfocused = null;
  document.addEventListener("htmx:oobBeforeSwap", ({ detail }) => {
    const { target, fragment } = detail;
    // An announcement is text alone, and is always shown.
    if (!fragment.firstElementChild) return;
    const version = versionOf(fragment.firstElementChild);
    detail.shouldSwap = version !== shown.get(target.id);
    if (!detail.shouldSwap) return follow(target, fragment);
    shown.set(target.id, version);
    open(fragment, opened(target));
    if (target.contains(document.activeElement)) {
      unfocused = { part: target.id, element: document.activeElement };
    }
    const words = fragment.querySelector("[data-announce]")?.dataset.announce;
    if (words) announce(words);
  });
  // A part that replaces itself, such as the progress of a sync.
  let replaced = null;
  document.addEventListener("htmx:beforeSwap", ({ detail: { target, shouldSwap } }) => {
    if (!shouldSwap || !target.id || target === document.body) return;
    replaced = { part: target.id, folds: opened(target) };
    if (target.contains(document.activeElement)) unfocused = { part: target.id, element: document.activeElement };
  });
  document.addEventListener("htmx:afterSettle", () => {
    const whole = replaced && document.getElementById(replaced.part);
    if (whole) open(whole, replaced.folds);
    replaced = null;
    if (!unfocused) return;
    const part = document.getElementById(unfocused.part);
    // A heading has the focus because nothing else had it: what is first now may be another.
    if (part && !unfocused.element.matches("h2, h3")) focus(counterpart(part, unfocused.element));
    // The button in the foot asked for the results.
    if (part?.id !== "foot") focusInPart(part);
    focusInPart(document.getElementById("results"));
    focusInPart(document.querySelector("main"));
    unfocused = null;
  });

  // That an earlier form was not sent is no longer of use once one is sent without a new page.
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const isSent = detail.successful && detail.requestConfig.triggeringEvent?.type === "submit";
    if (isSent) document.getElementById("interrupted")?.remove();
  });

  // After a form was sent, the next page starts where it says what happened: its errors, its message, or its results.
  document.addEventListener("submit", ({ target, defaultPrevented }) => {
    if (target.method === "post" && !defaultPrevented) store("sent", "yes", "sessionStorage");
  });
  document.addEventListener("DOMContentLoaded", () => {
    if (!stored("sent", "sessionStorage")) return;
    store("sent", "", "sessionStorage");
    if (document.querySelector("[autofocus]")) return;
    for (const selector of ["[role=alert]", ".notices .notice", "#results h2", "h1"]) {
      focus(document.querySelector(`main ${selector}`));
    }
  });

  // The page that says that the database does not answer loads again by itself.
  document.addEventListener("DOMContentLoaded", () => {
    const link = document.querySelector("[data-reload]");
    if (link) setTimeout(() => location.replace(link.href), link.dataset.reload * 1000);
  });

  // A page in which nothing is in progress learns what others started: when its user looks at it again, and every 30
  // seconds while it is shown.
  const look = () => {
    if (document.hidden) return;
    for (const part of document.querySelectorAll("[hx-trigger=look]")) part.dispatchEvent(new Event("look"));
  };
  document.addEventListener("visibilitychange", look);
  setInterval(look, 30000);
  // It stays as it is after signing out, because what is typed in it is saved when its form is sent. It also stays while
  // one of its parts has something typed or chosen that is not saved automatically: a password, a date, or a level.
  const isChanged = (field) =>
    field.value !== field.defaultValue || field.checked !== field.defaultChecked || field.validity.badInput;
  const isUnsaved = (field) =>
    isChanged(field) && (field.type === "password" || !field.form.querySelector(".saved"));
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, xhr } = event.detail;
    if (!elt.matches("[hx-trigger=look]")) return;
    const parts = elt.closest("[hx-select-oob]").getAttribute("hx-select-oob");
    const fields = document.querySelectorAll(`:is(${parts}) form :is(input, textarea)`);
    if (xhr.getResponseHeader("HX-Redirect") || [...fields].some(isUnsaved)) event.preventDefault();
  });

  // The server or its database did not answer. If a draft was not saved, say so, and retry until it is saved. A button
  // sends its form as it would without this file: the next page says what happened and contains the form.
  const fail = ({ detail: { elt, xhr } }) => {
    if (xhr.status >= 400 && xhr.status < 500) return;
    if (elt.dataset.unsaved) {
      elt.textContent = elt.dataset.unsaved;
      setTimeout(() => elt.dispatchEvent(new Event("retry")), 3000);
    } else if (elt.hasAttribute("hx-post")) {
      (elt.form ?? elt).submit();
    }
  };
  for (const event of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(event, fail);
  }
})();
